import type { Callable, Instructions } from "../module/code.js";
import { get, i32, i32x4, set, v128 } from "../module/instructions.js";
import { lanes } from "../module/lanes.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";

/** Bits by which the rounds rotate, in turn. */
const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];

/**
 * The function (key 0, key 1, counter 0, counter 1, position) that is word `position & 1` of threefry2x32(key, [counter 0 + (position >> 1), counter 1]), 20 rounds; of four positions at once where it is
 * of vectors.
 */
export function threefry(module: ModuleBuilder, vector: boolean): Callable {
  const type = vector ? "v128" : "i32";
  const name = vector ? "threefry4" : "threefry";
  return module.helper(name, { parameters: [type, type, type, type, type], results: [type] }, (f) => {
    const [k0, k1, c0, c1, position] = [0, 1, 2, 3, 4] as const;
    const [k2, x, y, word] = [f.local(type), f.local(type), f.local(type), f.local(type)];
    const number = (value: number): Instructions => (vector ? lanes(value) : i32.const(value));
    const [add, xor, and, or] = vector
      ? [i32x4.add, v128.xor, v128.and, v128.or]
      : [i32.add, i32.xor, i32.and, i32.or];
    const shift = (left: boolean, bits: number): readonly number[] => [
      ...i32.const(bits),
      ...(vector ? (left ? i32x4.shl : i32x4.shr_u) : left ? i32.shl : i32.shr_u),
    ];
    f.code.add(get(k0), get(k1), xor, number(0x1bd11bda), xor, set(k2));
    f.code.add(get(position), shift(false, 1), get(c0), add, get(k0), add, set(x));
    f.code.add(get(c1), get(k1), add, set(y));
    const keys = [k0, k1, k2];
    for (let round = 0; round < 5; round++) {
      for (const bits of rotations[round % 2]!) {
        f.code.add(get(x), get(y), add, set(x));
        f.code.add(get(y), shift(true, bits), get(y), shift(false, 32 - bits), or, get(x), xor, set(y));
      }
      f.code.add(get(x), get(keys[(round + 1) % 3]!), add, set(x));
      f.code.add(get(y), get(keys[(round + 2) % 3]!), add, number(round + 1), add, set(y));
    }
    // All bits where the position is odd.
    f.code.add(number(0), get(position), number(1), and, vector ? i32x4.sub : i32.sub, set(word));
    f.code.add(get(x), get(x), get(y), xor, get(word), and, xor);
  });
}
