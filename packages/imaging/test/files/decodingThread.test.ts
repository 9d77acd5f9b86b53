import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterEach, expect, test, vi } from "vitest";
import { DecodingThread } from "../../src/files/decodingThread.js";
import { openImageFile } from "../../src/files/openImageFile.js";
import { decodeHere } from "../../src/formats/compiledDecoders.js";
import { openImage } from "../../src/formats/openImage.js";
import { compress } from "../../src/formats/zarr/compressors.js";
import { countedBytes } from "../formats/handmadeTiff.js";
import { shippedMatrix } from "../formats/tiff/decodingMatrix.js";

const started = vi.hoisted(() => ({ threads: 0 }));

vi.mock("../../src/startDecoder.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/startDecoder.js")>();
  return {
    startDecoder: () => {
      started.threads++;
      return original.startDecoder();
    },
  };
});

afterEach(() => void vi.useRealTimers());

const folder = temporaryFolder();

/** (module (func (export "f") (loop (br 0)))), which runs for ever. */
const FOR_EVER = "0061736d0100000001040160000003020100070501016600000a0901070003400c000b0b";

/** A thread that gives back what it gets, but runs for ever at 1, ends at 2, and refuses 3. */
const behaving = (): Worker =>
  new Worker(
    `const { parentPort } = require("node:worker_threads");
    parentPort.postMessage("ready");
    parentPort.on("message", ({ bytes }) => {
      if (bytes[0] === 1) {
        const code = new WebAssembly.Module(Buffer.from("${FOR_EVER}", "hex"));
        new WebAssembly.Instance(code).exports.f();
      }
      if (bytes[0] === 2) process.exit(7);
      parentPort.postMessage(bytes[0] === 3 ? { message: "3 is refused" } : { decoded: bytes });
    });`,
    { eval: true },
  );

/** What becomes of blocks of one byte each, all of which are to be decoded at once. */
const outcomes = (thread: DecodingThread, ...values: readonly number[]): Promise<unknown[]> =>
  Promise.all(
    values.map((value) =>
      thread.decode("zstdBlock", Uint8Array.of(value), 1).then(
        ([first]) => first,
        (error: Error) => error.message,
      ),
    ),
  );

test("a block that is decoded for ever is given up after its time, and those behind it are not", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const thread = new DecodingThread({ start: behaving, seconds: 5, bytesPerSecond: 1 });
  expect(await outcomes(thread, 10)).toEqual([10]);
  const ended = outcomes(thread, 1, 11, 3);
  vi.advanceTimersByTime(6000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(await ended).toEqual(["it was not decoded within 7 s", 11, "3 is refused"]);
});

test("a thread that ends takes the block with it at which it did, and no other one", async () => {
  const thread = new DecodingThread({ start: behaving });
  expect(await outcomes(thread, 10, 2, 11, 2, 12)).toEqual([
    10,
    "the decoder has failed (it ended with 7)",
    11,
    "the decoder has failed (it ended with 7)",
    12,
  ]);
});

test("a thread that has nothing to do ends, and there is another one when there is", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const threads: Worker[] = [];
  const start = (): Worker => {
    threads.push(behaving());
    return threads.at(-1)!; // just put there
  };
  const thread = new DecodingThread({ start, idleSeconds: 2 });
  expect(await outcomes(thread, 10)).toEqual([10]);
  const ended = new Promise((resolve) => threads[0]!.once("exit", resolve));
  vi.advanceTimersByTime(2000);
  await ended;
  expect(vi.getTimerCount()).toBe(0);
  expect(await outcomes(thread, 11)).toEqual([11]);
  expect(threads).toHaveLength(2);
});

test("where no thread starts, blocks are decoded in the one that asks", async () => {
  const block = Uint8Array.from({ length: 5000 }, (_, i) => i % 7);
  const bytes = await compress(block, [{ name: "zstd", configuration: {} }]);
  const missing = new URL("data:text/javascript,import 'not-there'");
  for (const start of [() => new Worker(missing), () => new (undefined as unknown as typeof Worker)("")]) {
    const { decode } = new DecodingThread({ start });
    expect(await decode("zstd", bytes, block.length)).toEqual(block);
    expect(await decode("zstd", bytes, block.length)).toEqual(block);
  }
});

test("the thread decodes what the decoders do, and says what they say", async () => {
  const { decode } = new DecodingThread();
  const block = Uint8Array.from({ length: 30_000 }, (_, i) => (i * i) >> 9);
  for (const name of ["blosc", "zstd", "lz4"] as const) {
    const bytes = await compress(block, [{ name, configuration: {} }]);
    expect(await decode(name, bytes, block.length), name).toEqual(block);
  }
  const cut = (await compress(block, [{ name: "zstd", configuration: {} }])).slice(0, -20);
  const said = await decodeHere("zstd", cut, block.length).catch((error: Error) => error.message);
  await expect(decode("zstd", cut, block.length)).rejects.toThrow(String(said));
});

test("files whose decoders are compiled are decoded in the thread, with the same pixels", async () => {
  started.threads = 0;
  for (const compression of ["none", "lzw", "zip", "packbits", "zstd"]) {
    const name = `libtiff-uint16-L-strips-${compression}-1.tif`;
    const [, bytes] = shippedMatrix().find(([{ file }]) => file === name)!; // fails where it is not there
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const [source, plain] = [await openImageFile(path), await openImage(name, countedBytes(bytes))];
    expect((await source.read()).data).toEqual((await plain.read()).data);
    await source.close();
    expect(started.threads, name).toBe(compression === "zstd" ? 1 : 0);
  }
});
