type WordType = "i32" | "u32" | "f32";

const integers = { i32: [-(2 ** 31), 2 ** 31 - 1], u32: [0, 2 ** 32 - 1] } as const;

/** Throws where a number that a kernel is passed is none of its type, which would make another of it: cut, or modulo 2^32. `what` it is, of the operation `name`. */
export function expectWord(name: string, what: string, value: number, type: WordType): void {
  if (type === "f32") return;
  const [least, most] = integers[type];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const advice =
    value > most
      ? "compute it in parts"
      : Number.isInteger(value) && type === "u32"
        ? "declare it i32, or f32"
        : "round it, or declare it f32";
  throw new Error(
    `${name}: ${what} is ${type}, a whole number from ${least} to ${most}, got ${value}; ${advice}`,
  );
}
