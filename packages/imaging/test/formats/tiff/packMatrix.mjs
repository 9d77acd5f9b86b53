import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { capture } from "../../../../../scripts/run-command.mjs";

// Makes decodingMatrix.br anew: node packages/imaging/test/formats/tiff/packMatrix.mjs [python]
// The number of bytes of a list in JSON, the list, the files in its order.
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "decoding-matrix-"));
try {
  const missing = await capture(process.argv[2] ?? "python3", [join(here, "decodingMatrix.py"), folder]);
  if (missing.trim()) throw new Error(missing);
  const list = JSON.parse(readFileSync(join(folder, "matrix.json"), "utf8"));
  const files = list.map(({ file }) => readFileSync(join(folder, file)));
  const head = Buffer.from(JSON.stringify(list.map((entry, i) => ({ ...entry, bytes: files[i].length }))));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const whole = Buffer.concat([length, head, ...files]);
  const packed = brotliCompressSync(whole, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: whole.length },
  });
  writeFileSync(join(here, "decodingMatrix.br"), packed);
  console.log(`${list.length} files, ${whole.length} bytes, packed ${packed.length}`);
} finally {
  rmSync(folder, { recursive: true });
}
