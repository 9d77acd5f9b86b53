import type { Coalesced } from "../../fusion/coalesce.js";
import type { ShaderText } from "./shaderText.js";

/** An axis of an iteration, which may be several of the shape's. */
export interface LoopAxis {
  readonly axis: number;
  readonly extent: number;
}

export const loopAxes = ({ extents, innermost }: Coalesced): LoopAxis[] =>
  extents.map((extent, k) => ({ axis: innermost[k]!, extent }));

/** What the index along an axis is called. */
export const nameOfAxis = (axis: number): string => `i${axis}`;

/** Prints the indices along some axes of what has this number among their elements, row-major. */
export function decompose(text: ShaderText, linear: string, axes: readonly LoopAxis[]): void {
  let rest = linear;
  [...axes].reverse().forEach(({ axis, extent }, k) => {
    if (k === axes.length - 1) {
      text.line(`int ${nameOfAxis(axis)} = ${rest};`);
      return;
    }
    const size = text.parameter(extent, "i32");
    const above = text.let("int", `${rest} / ${size}`);
    text.line(`int ${nameOfAxis(axis)} = ${rest} - ${above} * ${size};`);
    rest = above;
  });
}

/** Opens the loop over the elements of the texel that is written; `i` is the element. */
export function openLanes(text: ShaderText, elements: number): void {
  const count = text.parameter(elements, "i32");
  text.open("for (int lane = 0; lane < 4; lane++)");
  text.line("int i = 4 * texel + lane;");
  text.line(`if (i >= ${count}) { break; }`);
}
