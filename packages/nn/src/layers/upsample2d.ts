import { add, broadcastTo, formatShape, mul, pad, reshape, slice, stack, type Tensor } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { type Pair, pairOf } from "./conv2d.js";
import { lambda } from "./lambda.js";

export interface Upsample2dOptions {
  /** Integer factor. Default 2. */
  readonly scale?: Pair;
  /** Default "nearest". */
  readonly mode?: "nearest" | "bilinear";
}

/** Axis `axis` of [..., n, ...] and the phases [..., n, scale, ...] become one axis of n * scale. */
const interleave = (x: Tensor, axis: number): Tensor =>
  reshape(x, [...x.shape.slice(0, axis), x.shape[axis]! * x.shape[axis + 1]!, ...x.shape.slice(axis + 2)]);

function nearest(x: Tensor, axis: number, scale: number): Tensor {
  const before = x.shape.slice(0, axis + 1);
  const after = x.shape.slice(axis + 1);
  return interleave(broadcastTo(reshape(x, [...before, 1, ...after]), [...before, scale, ...after]), axis);
}

/**
 * Output index i * scale + p lies at source position i + f, f = (p + 0.5) / scale - 0.5. Each phase p is a blend of the
 * two neighbours; the edge repeats.
 */
function bilinear(x: Tensor, axis: number, scale: number): Tensor {
  const extent = x.shape[axis]!;
  const padded = pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0])),
    "edge",
  );
  const shifted = (by: number): Tensor =>
    slice(
      padded,
      x.shape.map((_, i) => (i === axis ? by + 1 : 0)),
      x.shape.map((size, i) => (i === axis ? by + 1 + extent : size)),
    );
  const phases = Array.from({ length: scale }, (_, p) => {
    const f = (p + 0.5) / scale - 0.5;
    const neighbour = shifted(f < 0 ? -1 : 1);
    return f === 0 ? x : add(mul(x, 1 - Math.abs(f)), mul(neighbour, Math.abs(f)));
  });
  return interleave(stack(phases, axis + 1), axis);
}

/** Enlarges images [N, H, W, C] by an integer factor: PyTorch's Upsample (bilinear with align_corners false). */
export function upsample2d({ scale = 2, mode = "nearest" }: Upsample2dOptions = {}): Layer<None, None> {
  const [vertical, horizontal] = pairOf(scale);
  if (![vertical, horizontal].every((factor) => Number.isInteger(factor) && factor >= 1)) {
    throw new Error(`upsample2d: expected a whole scale of at least 1, got [${vertical},${horizontal}]`);
  }
  const along = mode === "nearest" ? nearest : bilinear;
  return lambda("upsample2d", (x) => {
    if (x.shape.length !== 4)
      throw new Error(`upsample2d: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
    return along(along(x, 1, vertical), 2, horizontal);
  });
}
