import { expectChoice, expectNumbers, expectOptions, expectTensor, show } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { full } from "./creation.js";
import { where } from "./where.js";

/** What is added around a tensor. */
export type PadMode = "zero" | "constant" | "reflect" | "edge";

/**
 * `x` with `widths[axis] = [low, high]` elements added around each axis: zeros, `value` ("constant"), the mirror image without the edge
 * itself ("reflect", widths below the extent), or copies of the edge. The names are NumPy's.
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [low: number, high: number])[],
  mode: PadMode = "zero",
  options: { readonly value?: number } = {},
): Tensor {
  expectTensor("pad", "x", x);
  expectChoice("pad", "mode", mode, ["zero", "constant", "reflect", "edge"], {
    zeros: "zero",
    replicate: "edge",
    nearest: "edge",
    mirror: "reflect",
  });
  expectOptions("pad", options, ["value"]);
  if (options.value !== undefined && mode !== "constant") {
    throw new Error(`pad: a value needs mode "constant", got "${mode}"`);
  }
  if (!Array.isArray(widths)) {
    throw new Error(
      `pad: widths must have one [low, high] per axis, got ${show(widths)}; write [[1, 1], [0, 0]]`,
    );
  }
  if (widths.length !== x.shape.length) {
    throw new Error(
      `pad: widths must have one [low, high] per axis, got ${widths.length} for x ${formatShape(x.shape)}`,
    );
  }
  for (const [axis, sides] of widths.entries()) {
    expectNumbers("pad", `widths[${axis}]`, sides, "one [low, high] per axis, as in [[1, 1], [0, 0]]");
  }
  if (widths.every(([low, high]) => low === 0 && high === 0)) return x;
  const params = {
    low: widths.map(([low]) => low),
    high: widths.map(([, high]) => high),
    interior: widths.map(() => 0),
  };
  const { value = 0 } = options;
  const padded = apply("pad", [x], { ...params, mode: mode === "constant" ? "zero" : mode });
  if (value === 0) return padded;
  const inside = apply("pad", [full(x.shape, 1, "bool")], { ...params, mode: "zero" });
  return where(inside, padded, value);
}
