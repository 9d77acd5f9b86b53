import type { KernelText } from "./kernelText.js";

/** Prints the index along the innermost axis, which has this extent, of an invocation that keeps it in every turn of its loop. */
export function innerIndex(text: KernelText, extent: number, name: string): void {
  const divisor = text.parameter(extent, "i32");
  text.line(`let ${name} = first % ${divisor};`);
}

/**
 * Prints the coordinates of the linear index `linear` over `extents`, outermost first, as `let`s called name(k); the innermost
 * one may be known already. Powers of two divide by shifting: integer division is slow on GPUs and very slow on software adapters.
 */
export function decompose(
  text: KernelText,
  linear: string,
  extents: readonly number[],
  name: (axis: number) => string,
  innerIsKnown = false,
): void {
  let rest = linear;
  for (let k = extents.length - 1; k > 0; k--) {
    const extent = extents[k]!;
    const next = k === 1 ? name(0) : `${name(k)}_rest`;
    const known = innerIsKnown && k === extents.length - 1;
    if (Number.isInteger(Math.log2(extent))) {
      if (!known) text.line(`let ${name(k)} = ${rest} & ${text.parameter(extent - 1, "i32")};`);
      text.line(`let ${next} = ${rest} >> ${text.parameter(Math.log2(extent), "u32")};`);
    } else {
      const divisor = text.parameter(extent, "i32");
      text.line(`let ${next} = ${rest} / ${divisor};`);
      if (!known) text.line(`let ${name(k)} = ${rest} - ${next} * ${divisor};`);
    }
    rest = next;
  }
  if (extents.length === 1) text.line(`let ${name(0)} = ${linear};`);
}
