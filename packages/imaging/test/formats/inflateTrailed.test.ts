import { deflateSync, inflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inflate } from "../../src/formats/tiff/codecs/inflate.js";
import { decompress } from "../../src/formats/zarr/compressors.js";

const zlib = [{ name: "zlib", configuration: {} }];
// Incompressible and compressible, so that blocks are stored and coded; more than the sums of a checksum take at once.
const data = new Uint8Array(70_000).map((_, i) => (i < 20_000 ? (i * i * 31) >> 3 : i % 251));
const trailed = (stream: Uint8Array, ...bytes: readonly number[]): Uint8Array =>
  Uint8Array.from([...stream, ...bytes]);

/** The stream of the specification (and of browsers, and Node from 22), which gives all output and then refuses bytes behind the end. That of Node 20 takes them. */
class StrictStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    const parts: Uint8Array[] = [];
    super({
      transform: (part) => void parts.push(part),
      flush: (controller) => {
        const bytes = Buffer.concat(parts);
        // Node's types do not know what comes with `info`.
        const { buffer, engine } = inflateSync(bytes, { info: true }) as unknown as {
          readonly buffer: Uint8Array;
          readonly engine: { readonly bytesWritten: number };
        };
        controller.enqueue(buffer);
        if (engine.bytesWritten < bytes.length) throw new TypeError("Trailing junk found");
      },
    });
  }
}

afterEach(() => vi.unstubAllGlobals());

describe("where the stream refuses bytes behind its end", () => {
  beforeEach(() => vi.stubGlobal("DecompressionStream", StrictStream));

  test.each([1, 2, 300])("a block with %i bytes there is read", async (count) => {
    for (const level of [0, 6]) {
      const block = trailed(deflateSync(data, { level }), ...data.subarray(0, count));
      for (const read of [await inflate(block, data.length), await decompress(block, zlib, data.length)]) {
        expect(Buffer.compare(read, data)).toBe(0);
      }
    }
  });

  test("what is damaged, cut off, or too short is refused all the same", async () => {
    const stream = deflateSync(data);
    const flipped = (at: number): Uint8Array => {
      const changed = trailed(stream, 0, 0);
      changed[at]! ^= 1;
      return changed;
    };
    const wrong = [flipped(0), flipped(stream.length >> 1), flipped(stream.length - 1)];
    for (const block of [...wrong, stream.subarray(0, -1), stream.subarray(0, 5), new Uint8Array(0)]) {
      await expect(inflate(block, data.length)).rejects.toThrow();
      await expect(decompress(block, zlib, data.length)).rejects.toThrow();
    }
    await expect(inflate(trailed(stream, 0), data.length + 1)).rejects.toThrow();
    await expect(decompress(trailed(stream, 0), zlib, data.length + 1)).rejects.toThrow(
      "expected 70001 bytes, got 70000",
    );
    const bomb = deflateSync(new Uint8Array(2 ** 24));
    await expect(decompress(trailed(bomb, 0), zlib, 1000)).rejects.toThrow();
  });
});
