import type { Call } from "../call.js";

/** Elements added before and after an axis. */
export type Pads = readonly (readonly [before: number, after: number])[];

/** How windows lie along the extents of an image, a number for each. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: Pads;
}

/** What a convolution or pooling says of its windows, for an image of these extents. `auto_pad` is resolved: "SAME" gives each stride one window, what is odd of the padding goes to the end ("UPPER") or the start. */
export function windowsOf(call: Call, extents: readonly number[], kernel: readonly number[]): Windows {
  const ones = kernel.map(() => 1);
  const strides = call.ints("strides") ?? ones;
  const dilations = call.ints("dilations") ?? ones;
  const auto = call.choice("auto_pad", "NOTSET", ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]);
  if (kernel.length !== extents.length) {
    call.refuse(`its kernel has ${kernel.length} extents, the image ${extents.length}`);
  }
  if (auto === "NOTSET") {
    const pads = call.ints("pads") ?? [...ones, ...ones].map(() => 0);
    return { kernel, strides, dilations, pads: kernel.map((_, i) => [pads[i]!, pads[kernel.length + i]!]) };
  }
  const pads = extents.map((extent, i): readonly [number, number] => {
    if (auto === "VALID") return [0, 0];
    const reach = dilations[i]! * (kernel[i]! - 1) + 1;
    const total = Math.max(0, (Math.ceil(extent / strides[i]!) - 1) * strides[i]! + reach - extent);
    const half = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? [half, total - half] : [total - half, half];
  });
  return { kernel, strides, dilations, pads };
}
