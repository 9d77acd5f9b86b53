import { decode, encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import type { Image } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { lazyStack } from "../../src/image/lazyStack.js";
import { selectRegion } from "../../src/image/selectRegion.js";

const [width, height] = [7, 5];
const grey8: Image<"uint8"> = {
  ...{ width, height, dtype: "uint8" },
  data: Uint8Array.from({ length: 35 }, (_, i) => (i * 37) % 256),
};
const grey16: Image<"uint16"> = {
  ...{ width, height, dtype: "uint16" },
  data: Uint16Array.from({ length: 35 }, (_, i) => (i * 7919) % 65536),
};

const open = (bytes: Uint8Array, name = "a.png") =>
  openImage(name, blobBytes(new Blob([Uint8Array.from(bytes)]), name));

describe("PNG", () => {
  test.each([grey8, grey16])("of grey, $dtype, is read by what it holds, whole or in part", async (image) => {
    const depth = image.dtype === "uint8" ? 8 : 16;
    const stack = lazyStack(await open(encode({ ...image, depth, channels: 1 }), "by another name.tif"));
    expect(stack.source).toMatchObject({ format: "PNG", axes: ["Y", "X"], shape: [5, 7], chunks: [5, 7] });
    expect(await stack.readPage(0)).toEqual(image);
    const part = await stack.readPage(0, { window: { x: 2, y: 1, width: 3, height: 2 } });
    expect([...part.data]).toEqual([9, 10, 11, 16, 17, 18].map((i) => image.data[i]));
  });

  test.each([grey8, grey16])("of grey, $dtype, is written", async (image) => {
    const sink = blobSink();
    const writer = await createImage("a.png", sink, { axes: ["Y", "X"], shape: [5, 7], dtype: image.dtype });
    await writer.writePage(image);
    await writer.close();
    const read = await open(new Uint8Array(await sink.blob().arrayBuffer()));
    expect(await lazyStack(read).readPage(0)).toEqual(image);
  });

  test("has no place for other images", async () => {
    const create = (shape: readonly number[], dtype: "uint8" | "float32") =>
      createImage("a.png", blobSink(), {
        axes: shape.length === 2 ? ["Y", "X"] : ["T", "Y", "X"],
        shape,
        dtype,
      });
    await expect(create([5, 7], "float32")).rejects.toThrow(
      new InputError("write a.png: a PNG holds uint8 or uint16, got float32; write a TIFF"),
    );
    await expect(create([2, 5, 7], "uint8")).rejects.toThrow(
      "write a.png: a PNG holds one page, got 2; write a TIFF",
    );
  });

  test.each([
    [2, ["grey", "alpha"]],
    [3, ["red", "green", "blue"]],
    [4, ["red", "green", "blue", "alpha"]],
  ] as const)("of %i samples: channels, which are written back as they were", async (channels, names) => {
    for (const [depth, Pixels] of [
      [8, Uint8Array],
      [16, Uint16Array],
    ] as const) {
      const data = new Pixels(Array.from({ length: 35 * channels }, (_, i) => (i * 7919) % 2 ** depth));
      const stack = lazyStack(await open(encode({ width, height, data, depth, channels })));
      const { axes, shape, dtype, metadata } = stack.source;
      expect({ axes, shape }).toEqual({ axes: ["C", "Y", "X"], shape: [channels, height, width] });
      expect(metadata.channels).toEqual(names);
      expect(metadata.transparency).toBe(channels % 2 === 0 ? channels - 1 : undefined);
      const last = await stack.readPage(channels - 1, { window: { x: 1, y: 0, width: 2, height: 1 } });
      expect([...last.data]).toEqual([2 * channels - 1, 3 * channels - 1].map((i) => data[i]));
      const sink = blobSink();
      const writer = await createImage("a.png", sink, { axes, shape, dtype, metadata });
      for (let page = 0; page < channels; page++) await writer.writePage(await stack.readPage(page));
      await writer.close();
      const written = decode(new Uint8Array(await sink.blob().arrayBuffer()));
      expect(written).toMatchObject({ channels, depth, data });
      const one = await createImage("a.png", blobSink(), {
        ...{ axes: ["Y", "X"], shape: [height, width], dtype },
        metadata: selectRegion(stack.source, { C: 0 }).metadata,
      });
      await one.abort();
    }
  });

  test("says what of it no result keeps: text, the size of pixels, a transparent colour, a colour profile, what a camera wrote", async () => {
    const plain = encode({ ...grey16, depth: 16, channels: 1 });
    expect((await open(plain)).metadata.notes).toBeUndefined();
    const chunk = (name: string, data: string): Uint8Array => {
      const bytes = new Uint8Array(12 + data.length); // nobody asks for the checksum
      new DataView(bytes.buffer).setUint32(0, data.length);
      bytes.set(new TextEncoder().encode(name + data), 4);
      return bytes;
    };
    const end = plain.length - 12;
    const file = Buffer.concat([
      plain.subarray(0, 33),
      chunk("iCCP", "sRGB\0\0"),
      chunk("tEXt", "Title\0cells"),
      chunk("pHYs", "\0\0\0\x09\0\0\0\x09\x01"),
      chunk("tRNS", "\0\x07"),
      plain.subarray(33, end),
      chunk("iTXt", `Comment\0${"of many letters ".repeat(9000)}`),
      chunk("zTXt", "Title\0"),
      chunk("eXIf", "MM\0*"),
      plain.subarray(end),
    ]);
    expect((await open(file)).metadata.notes).toEqual([
      "its text (Title, Comment) is not kept",
      "its colour profile (iCCP) is not kept",
      "its size of pixels (pHYs) is not kept",
      "its transparent colour (tRNS) is not kept",
      "what its camera wrote (eXIf) is not kept",
    ]);
  });

  test("in palettes or few bits is refused, damaged ones too", async () => {
    const palette = encode({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3), depth: 8, channels: 3 });
    palette[25] = 3;
    await expect(open(palette)).rejects.toThrow(
      new InputError(
        "a.png has a palette of colours, expected grey or red, green and blue; convert it first",
      ),
    );
    const whole = encode({ ...grey16, depth: 16, channels: 1 });
    const bits = whole.slice();
    bits[24] = 4;
    await expect(open(bits)).rejects.toThrow("a.png has 4 bits per sample, expected 8 or 16");
    await expect(open(whole.subarray(0, 20))).rejects.toThrow(
      "a.png is truncated: its header ends after 20 bytes",
    );
    await expect(open(Uint8Array.of(1, 2, 3))).rejects.toThrow("a.png is not a PNG file");
    await expect(open(whole.with(16, 0x7f).with(20, 0x7f))).rejects.toThrow(
      /^a\.png is damaged: its header says that it has \d+ x \d+ pixels, which no \d+ bytes can hold$/,
    );
    const source = await open(whole.with(60, whole[60]! ^ 1));
    await expect(source.read()).rejects.toThrow(/^a\.png is truncated or damaged: it cannot be decoded \(/);
    const cut = await open(whole.subarray(0, whole.length - 30));
    await expect(cut.read()).rejects.toThrow(InputError);
  });
});
