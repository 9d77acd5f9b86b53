import { isFloat } from "@clidim/tensor";
import { leavesOf } from "./leaves.js";

/** Position of the argument to differentiate, or of several. */
export type ArgumentIndex = number | readonly number[];

/** One gradient for one argument, a tuple for several; each is a tree of its argument's structure. */
export type GradientsOf<A extends readonly unknown[], I extends ArgumentIndex> = I extends readonly number[]
  ? { readonly [K in keyof I]: A[I[K] & number] }
  : A[I & number];

/** The chosen arguments, and the function of them alone. Throws in the name of `op` where an argument is not there or has nothing to differentiate. */
export function chooseArguments<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  argument: ArgumentIndex,
  args: A,
): { readonly chosen: readonly unknown[]; readonly ofChosen: (...chosen: readonly unknown[]) => R } {
  const positions = typeof argument === "number" ? [argument] : argument;
  for (const [i, position] of positions.entries()) {
    checkArgument(op, position, args);
    if (positions.indexOf(position) === i) continue;
    throw new Error(`${op}: argument ${position} was asked for twice; take each once`);
  }
  return {
    chosen: positions.map((position) => args[position]),
    ofChosen: (...chosen) => {
      const all: unknown[] = [...args];
      positions.forEach((position, i) => {
        all[position] = chosen[i];
      });
      // The same arguments, but for those under differentiation, which have kept their structure.
      return f(...(all as unknown as A));
    },
  };
}

function checkArgument(op: string, position: number, args: readonly unknown[]): void {
  if (!Number.isInteger(position) || position < 0 || position >= args.length) {
    throw new Error(
      `${op}: argument ${position} was asked for, but the function was called with ${args.length}`,
    );
  }
  const { leaves } = leavesOf(op, `argument ${position}`, args[position]);
  if (leaves.length > 0 && !leaves.some(({ dtype }) => isFloat(dtype))) {
    throw new Error(
      `${op}: argument ${position} is ${leaves.map(String).join(", ")}, and integers and bools have no gradient; ` +
        "cast to f32 first, or choose another argument",
    );
  }
}
