import type { KernelText } from "./kernelText.js";

/**
 * Prints the coordinates of the linear index `linear` over `extents`, outermost first, as `let`s called name(k). Powers of two
 * divide by shifting: integer division is slow on GPUs and very slow on software adapters.
 */
export function decompose(
  text: KernelText,
  linear: string,
  extents: readonly number[],
  name: (axis: number) => string,
): void {
  let rest = linear;
  for (let k = extents.length - 1; k > 0; k--) {
    const extent = extents[k]!;
    const next = k === 1 ? name(0) : `${name(k)}_rest`;
    if (Number.isInteger(Math.log2(extent))) {
      text.line(`let ${name(k)} = ${rest} & ${text.parameter(extent - 1, "i32")};`);
      text.line(`let ${next} = ${rest} >> ${text.parameter(Math.log2(extent), "u32")};`);
    } else {
      const divisor = text.parameter(extent, "i32");
      text.line(`let ${next} = ${rest} / ${divisor};`);
      text.line(`let ${name(k)} = ${rest} - ${next} * ${divisor};`);
    }
    rest = next;
  }
  if (extents.length === 1) text.line(`let ${name(0)} = ${linear};`);
}
