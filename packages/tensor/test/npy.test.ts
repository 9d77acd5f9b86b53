import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { allocate, type DType } from "../src/dtype.js";
import { crc32 } from "../src/files/crc32.js";
import type { HostTensor } from "../src/files/hostTensor.js";
import { readNpy, writeNpy } from "../src/files/npy.js";
import { readNpz, writeNpz } from "../src/files/npz.js";
import { tensor } from "../src/ops/creation.js";
import { sizeOf } from "../src/shape.js";

// Files that NumPy 2.4 wrote.
const savezCompressed =
  "UEsDBC0AAAAIAAAAIQALwLB2//////////8KABQAd2VpZ2h0Lm5weQEAEACYAAAAAAAAAFcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBgiwZ2BoAOIDQMzgwMCg4AAAUEsDBC0AAAAIAAAAIQAytnZg//////////8JABQAc3RlcHMubnB5AQAQAIgAAAAAAAAARgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBrr//IQAAUEsDBC0AAAAIAAAAIQCi2DCs//////////8JABQAZmxhZ3MubnB5AQAQAIQAAAAAAAAASQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CkaaOgq1CuQDLkZGBkYAUEsBAi0DLQAAAAgAAAAhAAvAsHZXAAAAmAAAAAoAAAAAAAAAAAAAAIABAAAAAHdlaWdodC5ucHlQSwECLQMtAAAACAAAACEAMrZ2YEYAAACIAAAACQAAAAAAAAAAAAAAgAGTAAAAc3RlcHMubnB5UEsBAi0DLQAAAAgAAAAhAKLYMKxJAAAAhAAAAAkAAAAAAAAAAAAAAIABFAEAAGZsYWdzLm5weVBLBQYAAAAAAwADAKYAAACYAQAAAAA=";
const savez =
  "UEsDBC0AAAAAAAAAIQCzwYIM//////////8FABQAYS5ucHkBABAAhAAAAAAAAACEAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmMicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAD4AwFBLAQItAy0AAAAAAAAAIQCzwYIMhAAAAIQAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLBQYAAAAAAQABADMAAAC7AAAAAAA=";
const bigEndianFortran =
  "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAEAIAAAAAAAAP/AAAAAAAABAEAAAAAAAAEAAAAAAAAAAQBQAAAAAAAA=";

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** A file of version 1 from the text of its header and its data. */
function file(header: string, data: readonly number[] | Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  const length =
    version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...text,
    ...data,
  ]);
}

const header = (descr: string, shape = "(2,)", order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

const hosts: fc.Arbitrary<HostTensor> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    fc.constantFrom<DType>("f32", "f16", "i32", "u32", "bool"),
    fc.nat(1000),
  )
  .map(([shape, dtype, seed]) => {
    const data = allocate(dtype, sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      const value = ((i + seed) * 7919) % 2048;
      data[i] =
        dtype === "bool" ? value % 2 : dtype === "u32" ? value : value / (dtype === "i32" ? 1 : 8) - 100;
    }
    return { dtype, shape, data };
  });

describe(".npy", () => {
  test("what is written is read back, and starts its data at a multiple of 64", () => {
    fc.assert(
      fc.property(hosts, (x) => {
        const bytes = writeNpy(x);
        expect(readNpy(bytes)).toEqual(x.dtype === "i32" ? { ...x, data: Int32Array.from(x.data) } : x);
        const start = 10 + new DataView(bytes.buffer).getUint16(8, true);
        expect([start % 64, bytes[start - 1]]).toEqual([0, 10]);
      }),
    );
  });

  test("the header is NumPy's", () => {
    const text = (shape: number[]): string =>
      new TextDecoder().decode(
        writeNpy({ dtype: "f32", shape, data: new Float32Array(sizeOf(shape)) }).slice(10, 80),
      );
    expect(text([])).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(\), \}/);
    expect(text([3])).toContain("'shape': (3,), }");
    expect(text([3, 4])).toContain("'shape': (3, 4), }");
  });

  test("data of another dtype, or of a tensor, are refused", () => {
    const x = { dtype: "i32", shape: [2], data: Int32Array.of(1, 2) } as const;
    expect(() => writeNpy({ ...x, data: Float32Array.of(1, 2) })).toThrow(
      "writeNpy: i32 needs its data as Int32Array, got a Float32Array",
    );
    expect(() => writeNpy({ ...x, shape: [3] })).toThrow("writeNpy: shape [3] needs 3 values, got 2");
    // From untyped code.
    expect(() => writeNpy(tensor([1, 2]) as unknown as HostTensor)).toThrow(
      "writeNpy: f32 needs its data as Float32Array, got the function data; give { dtype: x.dtype, shape: x.shape, data: await x.data() }",
    );
  });

  test("version 2, big endian, columns first", () => {
    expect(readNpy(fromBase64(bigEndianFortran))).toEqual({
      dtype: "f32",
      shape: [2, 3],
      data: Float32Array.of(0, 1, 2, 3, 4, 5),
    });
  });

  const read: readonly (readonly [string, readonly number[], DType, readonly number[]])[] = [
    ["<f2", [0x00, 0x3e, 0x00, 0xc0], "f16", [1.5, -2]],
    [">f4", [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], "f32", [1.5, -2]],
    ["|i1", [0xff, 3], "i32", [-1, 3]],
    [">i2", [0xff, 0xfe, 1, 0], "i32", [-2, 256]],
    ["<i4", [0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0], "i32", [-2, 1]],
    ["<i8", [...Array.from({ length: 8 }, () => 255), 5, 0, 0, 0, 0, 0, 0, 0], "i32", [-1, 5]],
    ["|u1", [255, 3], "u32", [255, 3]],
    ["<u2", [255, 255, 1, 0], "u32", [65535, 1]],
    [">u4", [255, 255, 255, 255, 0, 0, 0, 1], "u32", [2 ** 32 - 1, 1]],
    [">u8", [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 9], "u32", [2 ** 32 - 1, 9]],
    ["|b1", [1, 0], "bool", [1, 0]],
  ];
  test.each(read)("%s is read", (descr, bytes, dtype, values) => {
    const x = readNpy(file(header(descr), bytes));
    expect([x.dtype, x.shape, [...x.data]]).toEqual([dtype, [2], values]);
  });

  test("members of the header in any order, with either quote, as Python 2 wrote lengths", () => {
    const text = `{"shape": (1L, 2L), "fortran_order": True, "descr": "|u1"}`;
    expect(readNpy(file(text, [7, 8], 3))).toEqual({
      dtype: "u32",
      shape: [1, 2],
      data: Uint32Array.of(7, 8),
    });
    expect(readNpy(file(header("|u1", "()"), [7])).shape).toEqual([]);
  });

  const malformed: readonly (readonly [string, Uint8Array, string])[] = [
    ["no .npy", Uint8Array.of(1, 2, 3), 'a file starts with the bytes "\\x93NUMPY"; this is no .npy file'],
    ["version 9", file(header("|u1"), [1, 2], 9), "version 9 is unknown; 1, 2 and 3 are read"],
    [
      "cut header",
      file(header("|u1"), []).slice(0, 40),
      "the header ends at byte 68, but the file has 40; it is truncated",
    ],
    [
      "cut data",
      file(header("<f4"), [0, 0, 0]),
      "f4 [2] needs 8 bytes of data, the file has 3; it is damaged",
    ],
    [
      "long data",
      file(header("|u1"), [0, 0, 0]),
      "u1 [2] needs 2 bytes of data, the file has 3; it is damaged",
    ],
    [
      "complex numbers",
      file(header("<c8"), []),
      'type "<c8" is not read; known are f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1, convert with astype',
    ],
    [
      "fields",
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", []),
      "structured types are not read",
    ],
    [
      "no shape",
      file("{'descr': '<f4', 'fortran_order': False, }", []),
      'the header has no valid "shape": {',
    ],
    ["odd shape", file(header("<f4", "(-1,)"), []), 'the header has no valid "shape": {'],
    ["odd order", file(header("<f4", "()", "Maybe"), []), 'the header has no valid "fortran_order": {'],
    [
      "wide integers",
      file(header("<i8", "()"), [0, 0, 0, 128, 0, 0, 0, 0]),
      "element 0 is 2147483648, beyond the 32 bits that i8 is read to",
    ],
    ["a bool of 2", file(header("|b1"), [1, 2]), "element 1 is the byte 2; b1 is 0 or 1"],
  ];
  test.each(malformed)("%s is refused", (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(`readNpy: ${message}`);
  });

  test("no truncation of a good file is accepted", () => {
    const bytes = writeNpy({ dtype: "f32", shape: [3], data: new Float32Array(3) });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readNpy(bytes.subarray(0, length))).toThrow("readNpy: ");
    }
    expect(() => writeNpy({ dtype: "f32", shape: [2], data: new Float32Array(3) })).toThrow(
      "writeNpy: shape [2] needs 2 values, got 3",
    );
  });
});

describe(".npz", () => {
  test("NumPy's files, compressed and not", () => {
    expect(readNpz(fromBase64(savezCompressed))).toEqual({
      weight: { dtype: "f32", shape: [2, 3], data: Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5) },
      steps: { dtype: "i32", shape: [], data: Int32Array.of(-3) },
      flags: { dtype: "bool", shape: [2, 2], data: Uint8Array.of(1, 0, 1, 1) },
    });
    expect(readNpz(fromBase64(savez))).toEqual({
      a: { dtype: "f16", shape: [2], data: Float32Array.of(1.5, -2) },
    });
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z.]{1,6}$/), hosts, { maxKeys: 3 }),
        fc.boolean(),
        (tensors, compress) => {
          expect(readNpz(writeNpz(tensors, { compress }))).toEqual({ ...tensors });
        },
      ),
      { numRuns: 40 },
    );
    const x: HostTensor = { dtype: "f32", shape: [1000], data: new Float32Array(1000) };
    expect(writeNpz({ x }, { compress: true }).length).toBeLessThan(writeNpz({ x }).length / 4);
  });

  test("a shape of something else than numbers is refused", () => {
    const bytes = writeNpy({ dtype: "f32", shape: [2], data: new Float32Array(2) });
    for (const shape of ["(L,)", "(2 2)", "(,2)"]) {
      const text = Buffer.from(bytes).toString("latin1").replace("(2,)", shape);
      expect(() => readNpy(Buffer.from(text, "latin1"))).toThrow('readNpy: the header has no valid "shape"');
    }
  });

  test("sizes and counts that cannot be true take neither memory nor time", () => {
    const bytes = writeNpz(
      { a: { dtype: "f32", shape: [64], data: new Float32Array(64) } },
      { compress: true },
    );
    const end = bytes.length - 22;
    const changed = (change: (view: DataView, entry: number) => void): Uint8Array => {
      const copy = bytes.slice();
      const view = new DataView(copy.buffer);
      change(view, view.getUint32(end + 16, true));
      return copy;
    };
    expect(() => readNpz(changed((view, entry) => view.setUint32(entry + 24, 2 ** 32 - 2, true)))).toThrow(
      'readNpz: "a": it has not the 4294967294 bytes that the directory says',
    );
    expect(() => readNpz(changed((view, entry) => view.setUint32(entry + 42, 2 ** 31, true)))).toThrow(
      'readNpz: "a": it has no header',
    );
    expect(() => readNpz(changed((view) => view.setUint16(end + 10, 65535, true)))).toThrow(
      "readNpz: the file is no zip archive, or damaged (its directory ends early)",
    );
    expect(() => readNpz(bytes.subarray(0, end))).toThrow("damaged (it has no directory)");
  });

  test("no bit of an array is another without a word, as its CRC tells", () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => 100 + (i % 7));
    const x: HostTensor = { dtype: "f32", shape: [64], data };
    for (const compress of [false, true]) {
      const bytes = writeNpz({ good: x, x }, { compress });
      const directory = new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
      // The last bytes of the data stand before the directory.
      for (let back = 1; back <= 8; back++) {
        const damaged = bytes.slice();
        damaged[directory - back]! ^= 1 << (back - 1);
        expect(() => readNpz(damaged)).toThrow('readNpz: "x": ');
      }
    }
    const stored = writeNpz({ x });
    stored[stored.length - 200]! ^= 64;
    expect(() => readNpz(stored)).toThrow('readNpz: "x": its bytes have another CRC than its directory says');
  });

  test("CRC-32 is that of ISO 3309, of one piece and of several", () => {
    const bytes = new TextEncoder().encode("123456789");
    expect([crc32(bytes), crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))]).toEqual([
      0xcbf43926, 0xcbf43926,
    ]);
  });

  test("more than an archive has room for is refused before it is written", () => {
    const nothing = { dtype: "f32", shape: [2 ** 28], data: new Float32Array(0) } as const;
    const five = Object.fromEntries(Array.from("abcde", (name) => [name, nothing]));
    expect(() => writeNpz(five)).toThrow(
      /^writeNpz: expected at most 65535 arrays and less than 4 GiB, got 5 of 5368710212 bytes; write several files, or one with writeSafetensors$/,
    );
    const one: HostTensor = { dtype: "bool", shape: [], data: Uint8Array.of(1) };
    const many = Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [`a${i}`, one]));
    expect(() => writeNpz(many)).toThrow("got 65536 of ");
  });

  test("the broken array is named", () => {
    expect(() => readNpz(Uint8Array.of(1, 2, 3))).toThrow(
      "readNpz: the file is no zip archive, or damaged (",
    );
    const x: HostTensor = { dtype: "f32", shape: [2], data: new Float32Array(2) };
    expect(() => readNpz(zipSync({ "good.npy": writeNpy(x), "bad.npy": Uint8Array.of(1, 2, 3) }))).toThrow(
      'readNpz: "bad": readNpy: a file starts with the bytes "\\x93NUMPY"; this is no .npy file',
    );
    expect(() => writeNpz({ x: { ...x, shape: [3] } })).toThrow(
      'writeNpz: "x": writeNpy: shape [3] needs 3 values, got 2',
    );
  });
});
