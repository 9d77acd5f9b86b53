import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostTensor } from "../src/files/hostTensor.js";
import {
  openSafetensors,
  type RandomAccess,
  readSafetensors,
  type SafetensorsSource,
  streamSafetensors,
  writeSafetensors,
} from "../src/files/safetensors.js";
import { fromHalf, toHalf } from "../src/float16.js";

/** A file from a header (as JSON or raw text) and data bytes. */
function file(header: unknown, data: readonly number[], headerLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: readonly number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("halves", () => {
  test("known bits", () => {
    const table = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65519, 0x7bff],
      [65520, 0x7c00],
      [1e9, 0x7c00],
      [Number.NEGATIVE_INFINITY, 0xfc00],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -25 * 1.5, 0x0001],
      [1 / 3, 0x3555],
      // Ties go to the even neighbour.
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [2047.5 * 2 ** -25, 0x0400],
    ] as const;
    for (const [value, bits] of table) expect([value, toHalf(value)]).toEqual([value, bits]);
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });

  test("every half survives the way through a number and back", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  test("the nearest half is chosen", () => {
    fc.assert(
      fc.property(fc.float({ min: -65000, max: 65000, noNaN: true }), (value) => {
        const bits = toHalf(value);
        const error = Math.abs(fromHalf(bits) - value);
        for (const neighbour of [bits - 1, bits + 1]) {
          const other = fromHalf(neighbour & 0xffff);
          if (Number.isFinite(other)) expect(error).toBeLessThanOrEqual(Math.abs(other - value));
        }
      }),
    );
  });
});

describe("safetensors", () => {
  test("what is written is read back", () => {
    const tensors: Record<string, HostTensor> = {
      flags: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
      "conv.weight": { dtype: "f32", shape: [2, 2], data: Float32Array.of(1.5, -2, 3e-30, Math.PI) },
      half: { dtype: "f16", shape: [3], data: Float32Array.of(0.5, -1.25, 65504) },
      scalar: { dtype: "i32", shape: [], data: Int32Array.of(-7) },
      wörter: { dtype: "u32", shape: [1, 2], data: Uint32Array.of(0, 2 ** 32 - 1) },
      ["__proto__"]: { dtype: "f32", shape: [1], data: Float32Array.of(9) },
    };
    const metadata = { format: "pt", note: "line\nbreak" };
    const bytes = writeSafetensors(tensors, metadata);
    const read = readSafetensors(bytes);
    expect(read.metadata).toEqual(metadata);
    expect(new Set(Object.keys(read.tensors))).toEqual(new Set(Object.keys(tensors)));
    for (const [name, x] of Object.entries(tensors))
      expect(Object.entries(read.tensors)).toContainEqual([name, x]);
  });

  test("data are aligned and the header is padded to 8 bytes", () => {
    const bytes = writeSafetensors({
      a: { dtype: "bool", shape: [1], data: Uint8Array.of(1) },
      b: { dtype: "f32", shape: [1], data: Float32Array.of(2) },
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as object;
    expect(header).toEqual({ b: entry("F32", [1], 0, 4), a: entry("BOOL", [1], 4, 5) });
    expect(bytes.length).toBe(8 + length + 5);
  });

  test("a view into a larger buffer is read at its own place", () => {
    const inner = writeSafetensors({ x: { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) } });
    const outer = new Uint8Array(inner.length + 6);
    outer.set(inner, 3);
    expect(readSafetensors(outer.subarray(3, 3 + inner.length)).tensors.x!.data).toEqual(
      Float32Array.of(1, 2),
    );
  });

  test("floats of 8 bits are read exactly, U64 where it fits", () => {
    const bytes = file(
      { u: entry("U64", [], 0, 8), a: entry("F8_E4M3", [6], 8, 14), b: entry("F8_E5M2", [5], 14, 19) },
      [255, 255, 255, 255, 0, 0, 0, 0, 0x38, 0xb8, 0x7e, 0x01, 0x80, 0x7f, 0x3c, 0xfb, 0x7c, 0x01, 0x7f],
    );
    const { u, a, b } = readSafetensors(bytes).tensors;
    expect(u).toEqual({ dtype: "u32", shape: [], data: Uint32Array.of(2 ** 32 - 1) });
    expect([...a!.data]).toEqual([1, -1, 448, 2 ** -9, -0, Number.NaN]);
    expect([...b!.data]).toEqual([1, -57344, Number.POSITIVE_INFINITY, 2 ** -16, Number.NaN]);
    expect(a!.dtype).toBe("f32");
    expect(() => readSafetensors(file({ u: entry("U64", [], 0, 8) }, [0, 0, 0, 0, 1, 0, 0, 0]))).toThrow(
      '"u" holds 4294967296, beyond the 32 bits that U64 is read to',
    );
  });

  test("U8 and I64 are widened and narrowed", () => {
    const bytes = file(
      { u: entry("U8", [2], 8, 10), i: entry("I64", [], 0, 8) },
      [0xfe, 255, 255, 255, 255, 255, 255, 255, 3, 255],
    );
    expect(readSafetensors(bytes).tensors).toEqual({
      u: { dtype: "u32", shape: [2], data: Uint32Array.of(3, 255) },
      i: { dtype: "i32", shape: [], data: Int32Array.of(-2) },
    });
    expect(() => readSafetensors(file({ i: entry("I64", [], 0, 8) }, [0, 0, 0, 128, 0, 0, 0, 0]))).toThrow(
      '"i" holds 2147483648, beyond the 32 bits that I64 is read to',
    );
  });

  test("bfloat16 is read exactly, float64 is rounded, short integers are widened", () => {
    const doubles = [...new Uint8Array(Float64Array.of(0.1, -1e300).buffer)];
    const bytes = file(
      {
        d: entry("F64", [2], 0, 16),
        b: entry("BF16", [3], 16, 22),
        s: entry("I16", [1], 22, 24),
        u: entry("U16", [1], 24, 26),
        c: entry("I8", [2], 26, 28),
      },
      // 1.0, -2.0 and the smallest subnormal: the upper halves of 0x3f800000, 0xc0000000 and 0x00010000.
      [...doubles, 0x80, 0x3f, 0x00, 0xc0, 0x01, 0x00, 0xfe, 0xff, 0xfe, 0xff, 0x80, 0x7f],
    );
    expect(readSafetensors(bytes).tensors).toEqual({
      d: { dtype: "f32", shape: [2], data: Float32Array.of(0.1, Number.NEGATIVE_INFINITY) },
      b: { dtype: "f32", shape: [3], data: Float32Array.of(1, -2, 2 ** -133) },
      s: { dtype: "i32", shape: [1], data: Int32Array.of(-2) },
      u: { dtype: "u32", shape: [1], data: Uint32Array.of(65534) },
      c: { dtype: "i32", shape: [2], data: Int32Array.of(-128, 127) },
    });
  });

  test("what is to be written is checked", () => {
    // From untyped code.
    const write = (x: unknown, metadata?: unknown) => () =>
      writeSafetensors({ w: x as HostTensor }, metadata as Record<string, string>);
    const x = { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) };
    expect(write({ ...x, data: [1, 2] })).toThrow(
      'writeSafetensors: "w" f32 needs its data as Float32Array, got [1,2]',
    );
    expect(write({ ...x, dtype: "i32" })).toThrow("needs its data as Int32Array, got a Float32Array");
    expect(write({ ...x, dtype: "float32" })).toThrow(
      'writeSafetensors: "w": dtype must be f32, f16, i32, u32 or bool, got "float32"; write "f32"',
    );
    expect(write({ ...x, shape: 2 })).toThrow(
      'writeSafetensors: "w": shape must be an array of whole numbers',
    );
    expect(write({ ...x, shape: [3] })).toThrow('writeSafetensors: "w" [3] needs 3 values, got 2');
    expect(write(undefined)).toThrow('writeSafetensors: "w": expected { dtype, shape, data }, got undefined');
    expect(write(x, { step: 3 })).toThrow(
      'writeSafetensors: metadata must be strings, got 3 for "step"; JSON.stringify it',
    );
  });

  const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);
  const malformed: readonly (readonly [string, Uint8Array, string])[] = [
    ["too short", new Uint8Array(5), "a file starts with a header length of 8 bytes, got 5 bytes"],
    [
      "truncated header",
      file({ a: entry("F32", [1], 0, 4) }, [], 1000n),
      "the header length is 1000 bytes, but only 54 follow",
    ],
    ["absurd header length", file("{}", [], 2n ** 63n), "the header length is 9223372036854775808 bytes"],
    ["no JSON", file("{oops", []), "the header is not JSON"],
    ["no UTF-8", new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28]), "the header is not JSON in UTF-8"],
    ["an array", file([], []), "the header must be an object of tensors"],
    ["no entry", file({ a: 1 }, []), 'the entry of "a" must be an object'],
    [
      "unknown dtype",
      file({ a: entry("F4", [4], 0, 4) }, zeros(4)),
      '"a" has dtype "F4"; known are F32, F16, BF16, F64, F8_E4M3, F8_E5M2, I8, I16, I32, I64, U8, U16, U32, U64, BOOL',
    ],
    ["inherited dtype", file({ a: entry("toString", [4], 0, 4) }, zeros(4)), '"a" has dtype "toString"'],
    [
      "negative extent",
      file({ a: entry("F32", [-1], 0, 4) }, zeros(4)),
      '"a" needs a shape of whole numbers, got [-1]',
    ],
    [
      "one offset",
      file({ a: { dtype: "F32", shape: [1], data_offsets: [0] } }, zeros(4)),
      '"a" needs two data_offsets, got [0]',
    ],
    [
      "wrong length",
      file({ a: entry("F32", [2], 0, 4) }, zeros(4)),
      '"a" F32 [2] needs 8 bytes, data_offsets give 4',
    ],
    [
      "truncated data",
      file({ a: entry("F32", [2], 0, 8) }, zeros(4)),
      '"a" has data_offsets [0,8], the data have 4 bytes',
    ],
    ["backwards", file({ a: entry("F32", [1], 4, 0) }, zeros(4)), '"a" has data_offsets [4,0]'],
    [
      "overlap",
      file({ a: entry("F32", [2], 0, 8), b: entry("F32", [1], 4, 8) }, zeros(8)),
      'the data of "b" overlap others at byte 4',
    ],
    ["hole", file({ a: entry("F32", [1], 4, 8) }, zeros(8)), 'the data of "a" leave a hole at byte 4'],
    [
      "trailing bytes",
      file({ a: entry("F32", [1], 0, 4) }, zeros(7)),
      "3 bytes at the end belong to no tensor",
    ],
    ["metadata of numbers", file({ __metadata__: { a: 1 } }, []), "__metadata__.a must be a string"],
    [
      "a name twice",
      file(
        '{"a\\"{":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a\\"{":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [7],
      ),
      'the header names "a"{" twice',
    ],
    [
      "offsets twice",
      file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}', [7]),
      'the header names "data_offsets" twice',
    ],
    ["a bool of 2", file({ a: entry("BOOL", [1], 0, 1) }, [2]), '"a" holds the byte 2; BOOL is 0 or 1'],
  ];
  test.each(malformed)("%s is refused", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(`readSafetensors: ${message}`);
  });

  test("no truncation of a good file is accepted", () => {
    const bytes = writeSafetensors(
      { x: { dtype: "f32", shape: [4], data: new Float32Array(4) } },
      { a: "b" },
    );
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length))).toThrow("readSafetensors: ");
    }
  });

  test("writing checks lengths and names", () => {
    const x: HostTensor = { dtype: "f32", shape: [2], data: new Float32Array(3) };
    expect(() => writeSafetensors({ x })).toThrow('writeSafetensors: "x" [2] needs 2 values, got 3');
    expect(() => writeSafetensors({ __metadata__: { ...x, shape: [3] } })).toThrow(
      "writeSafetensors: __metadata__ is not a tensor name",
    );
  });
});

describe("safetensors piece by piece", () => {
  const tensors: Record<string, HostTensor> = {
    flags: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
    half: { dtype: "f16", shape: [2], data: Float32Array.of(0.5, -1.25) },
    weight: { dtype: "f32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  };
  const metadata = { format: "pt" };

  /** Bytes in memory, with a note of what was read. */
  function source(bytes: Uint8Array): RandomAccess & { readonly reads: [number, number][] } {
    const reads: [number, number][] = [];
    return {
      byteLength: bytes.length,
      reads,
      read: async (offset, length) => {
        reads.push([offset, length]);
        return bytes.subarray(offset, offset + length);
      },
    };
  }

  test("one tensor is read at a time", async () => {
    const bytes = writeSafetensors(tensors, metadata);
    const access = source(bytes);
    const opened = await openSafetensors(access);
    expect(opened.metadata).toEqual(metadata);
    expect(Object.fromEntries(opened.entries)).toEqual({
      flags: { dtype: "bool", shape: [3] },
      half: { dtype: "f16", shape: [2] },
      weight: { dtype: "f32", shape: [2, 2] },
    });
    const start = bytes.length - (16 + 4 + 3);
    expect(access.reads).toEqual([
      [0, 8],
      [8, start - 8],
    ]);
    for (const [name, x] of Object.entries(tensors)) expect(await opened.read(name)).toEqual(x);
    expect(access.reads.slice(2)).toEqual([
      [start + 20, 3],
      [start + 16, 4],
      [start, 16],
    ]);
    await expect(opened.read("bias")).rejects.toThrow(
      'readSafetensors: there is no "bias"; the file has weight, half, flags',
    );
  });

  test("a damaged file is refused as a whole one is", async () => {
    await expect(openSafetensors(source(new Uint8Array(3)))).rejects.toThrow(
      "readSafetensors: a file starts with a header length of 8 bytes, got 3 bytes",
    );
    const bytes = writeSafetensors(tensors);
    await expect(openSafetensors(source(bytes.subarray(0, 40)))).rejects.toThrow("but only 32 follow");
    await expect(openSafetensors(source(bytes.subarray(0, bytes.length - 1)))).rejects.toThrow(
      "the file is truncated or damaged",
    );
    const short: RandomAccess = {
      byteLength: bytes.length,
      read: async (offset, length) => bytes.slice(offset, offset + length - 1),
    };
    await expect(openSafetensors(short)).rejects.toThrow(
      "readSafetensors: 8 bytes at 0 were asked for, got 7; the file is truncated",
    );
  });

  test("a stream is the same file in pieces, and asks for data when their turn comes", async () => {
    const large: HostTensor = {
      dtype: "f16",
      shape: [2 ** 20 + 5],
      data: Float32Array.from({ length: 2 ** 20 + 5 }, (_, i) => (i % 64) / 4),
    };
    const all: Record<string, HostTensor> = { ...tensors, large };
    const asked: string[] = [];
    const sources = Object.entries(all).map(([name, { dtype, shape, data }]): [string, SafetensorsSource] => [
      name,
      {
        dtype,
        shape,
        data: async () => {
          asked.push(name);
          return data;
        },
      },
    ]);
    const chunks: Uint8Array[] = [];
    const after: number[] = [];
    for await (const chunk of streamSafetensors(Object.fromEntries(sources), metadata)) {
      chunks.push(chunk.slice());
      after.push(asked.length);
    }
    expect(asked).toEqual(["weight", "half", "large", "flags"]);
    expect(after).toEqual([0, 1, 2, 3, 3, 4]);
    expect(Buffer.concat(chunks).equals(writeSafetensors(all, metadata))).toBe(true);
  });

  test("a stream checks lengths and names", async () => {
    const collect = async (x: Record<string, SafetensorsSource>): Promise<void> => {
      for await (const _ of streamSafetensors(x));
    };
    const x: SafetensorsSource = { dtype: "f32", shape: [2], data: () => new Float32Array(3) };
    await expect(collect({ x })).rejects.toThrow('streamSafetensors: "x" [2] needs 2 values, got 3');
    await expect(collect({ __metadata__: x })).rejects.toThrow(
      "streamSafetensors: __metadata__ is not a tensor name; choose another",
    );
  });
});
