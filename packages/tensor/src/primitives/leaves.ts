import { sameShape, sizeOf, stridesOf } from "../shape.js";
import { describe, expectDTypeName, expectShape, expectValue, operands } from "./expect.js";
import type { Primitive, ReferenceValue } from "./primitive.js";

export const inputPrimitive: Primitive<"input"> = {
  kind: "leaf",
  infer: () => {
    throw new Error("input: has no shape rule; make placeholders with input(shape, dtype)");
  },
  reference: () => {
    throw new Error("input: its value comes from outside the graph; give it in the feeds");
  },
};

export const constant: Primitive<"constant"> = {
  kind: "leaf",
  infer: (inputs, { data, shape, dtype }) => {
    operands("constant", inputs, []);
    expectShape("constant", shape);
    if (data.length !== sizeOf(shape)) {
      throw new Error(
        `constant: shape [${shape.join(",")}] has ${sizeOf(shape)} elements, data has ${data.length}`,
      );
    }
    return { shape, dtype };
  },
  reference: (_inputs, { data }) => Float64Array.from(data),
};

export const full: Primitive<"full"> = {
  kind: "leaf",
  infer: (inputs, { value, shape, dtype }) => {
    operands("full", inputs, []);
    expectShape("full", shape);
    expectDTypeName("full", dtype);
    expectValue("full", value, dtype);
    return { shape, dtype };
  },
  reference: (_inputs, { value, shape }) => new Float64Array(sizeOf(shape)).fill(value),
};

export const iota: Primitive<"iota"> = {
  kind: "leaf",
  infer: (inputs, { axis, shape, dtype }) => {
    operands("iota", inputs, []);
    expectShape("iota", shape);
    expectDTypeName("iota", dtype);
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      throw new Error(`iota: axis ${axis} is out of range for shape [${shape.join(",")}]`);
    }
    return { shape, dtype };
  },
  reference: (_inputs, { axis, shape }) => {
    const stride = stridesOf(shape)[axis]!;
    return new Float64Array(sizeOf(shape)).map((_, i) => Math.floor(i / stride) % shape[axis]!);
  },
};

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/**
 * Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit counters (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011).
 */
export function threefry2x32(
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] {
  const schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let x = (counter[0] + key[0]) | 0;
  let y = (counter[1] + key[1]) | 0;
  for (let group = 1; group <= 5; group++) {
    for (const by of rotations[(group + 1) % 2]!) {
      x = (x + y) | 0;
      y = rotateLeft(y, by) ^ x;
    }
    x = (x + schedule[group % 3]!) | 0;
    y = (y + schedule[(group + 1) % 3]! + group) | 0;
  }
  return [x >>> 0, y >>> 0];
}

export const randomBits: Primitive<"randomBits"> = {
  kind: "random",
  infer: (inputs, { shape }) => {
    const [key, counter] = operands("randomBits", inputs, ["key", "counter"]);
    for (const [name, x] of [["key", key] as const, ["counter", counter] as const]) {
      if (x.dtype !== "u32" || x.shape.at(-1) !== 2 || !sameShape(x.shape, key.shape)) {
        throw new Error(
          `randomBits: ${name} must be u32 [2], or [...rows,2] as key and counter both, got ${describe(x)}; make keys with key(seed)`,
        );
      }
    }
    expectShape("randomBits", shape);
    return { shape: [...key.shape.slice(0, -1), ...shape], dtype: "u32" };
  },
  reference: (inputs, { shape }) => {
    const [key, counter] = operands("randomBits", inputs, ["key", "counter"]);
    const rows = sizeOf(key.shape) / 2;
    const length = sizeOf(shape);
    const out = new Float64Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const word = (x: ReferenceValue, i: 0 | 1): number => x.data[2 * row + i]!;
      for (let i = 0; i < length; i += 2) {
        const words = threefry2x32(
          [word(key, 0), word(key, 1)],
          [(word(counter, 0) + i / 2) >>> 0, word(counter, 1)],
        );
        out[row * length + i] = words[0];
        if (i + 1 < length) out[row * length + i + 1] = words[1];
      }
    }
    return out;
  },
};
