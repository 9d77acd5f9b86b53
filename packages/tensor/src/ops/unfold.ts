import { describe, expectDType, expectNumbers, expectOptions } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { stack } from "./concat.js";
import { pad } from "./pad.js";
import { type Extents2d, every, expectImages, extentsOf } from "./pooling.js";
import { reshape } from "./reshape.js";
import { narrow } from "./slice.js";
import { transpose } from "./transpose.js";

/** Where patches of an image are. */
export interface UnfoldOptions {
  /** Extent of a patch. */
  readonly kernel: number | Extents2d;
  /** From a patch to the next. Default 1. */
  readonly stride?: number | Extents2d;
  /** Zeros around the image. Default 0. */
  readonly padding?: number | Extents2d;
  /** Distance between the elements of a patch. Default 1. */
  readonly dilation?: number | Extents2d;
}

/** Patches along one axis. */
interface Patches {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** Of the image. */
  readonly extent: number;
  readonly count: number;
}

function patchesOf(
  op: string,
  image: readonly number[],
  options: UnfoldOptions,
): readonly [Patches, Patches] {
  if (options.kernel === undefined) {
    throw new Error(`${op}: options must say the kernel, as in ${op}(x, { kernel: 3 })`);
  }
  const whole = (name: string, value: number | Extents2d, minimum: number): readonly number[] =>
    extentsOf(op, name, 2, value, minimum);
  const kernels = whole("kernel", options.kernel, 1);
  const strides = whole("stride", options.stride ?? 1, 1);
  const paddings = whole("padding", options.padding ?? 0, 0);
  const dilations = whole("dilation", options.dilation ?? 1, 1);
  const along = (axis: 0 | 1): Patches => {
    const [kernel, stride] = [kernels[axis]!, strides[axis]!];
    const [padding, dilation, extent] = [paddings[axis]!, dilations[axis]!, image[axis]!];
    const count = 1 + Math.floor((extent + 2 * padding - dilation * (kernel - 1) - 1) / stride);
    if (count < 1) {
      throw new Error(
        `${op}: kernel [${kernels}] exceeds the image [${image}] with padding [${paddings}], dilation [${dilations}]; use a smaller one`,
      );
    }
    return { kernel, stride, padding, dilation, extent, count };
  };
  return [along(0), along(1)];
}

/**
 * The patches of images x [N,H,W,C], [N,rows,columns,kernel height * kernel width * C]: PyTorch's unfold (im2col), with the channels last and the positions in their rows, TensorFlow's extract_patches. A
 * convolution is their product with the weight [height,width,C,O] as a matrix.
 */
export function unfold(x: Tensor, options: UnfoldOptions): Tensor {
  const op = "unfold";
  expectDType(op, "x", x, "any");
  expectOptions(op, options, ["kernel", "stride", "padding", "dilation"]);
  expectImages(op, 2, x);
  const [n, height, width, channels] = x.shape as readonly [number, number, number, number];
  const [rows, columns] = patchesOf(op, [height, width], options);
  const sides = ({ padding }: Patches) => [padding, padding] as const;
  const padded = pad(x, [[0, 0], sides(rows), sides(columns), [0, 0]]);
  const taps = (of: Tensor, axis: number, { kernel, stride, dilation, count }: Patches): Tensor =>
    stack(
      Array.from({ length: kernel }, (_, tap) => every(of, axis, tap * dilation, stride, count)),
      3,
    );
  // [N,H,columns,kernel,C], and [N,rows,columns,kernel,kernel,C].
  const patches = taps(taps(padded, 2, columns), 1, rows);
  return reshape(patches, [n, rows.count, columns.count, rows.kernel * columns.kernel * channels]);
}

/** Where patches go, and how large the image is. */
export interface FoldOptions extends UnfoldOptions {
  /** [height, width]. */
  readonly size: Extents2d;
}

/** The sums of the patches [N,rows,columns,kernel height * kernel width * C] where they lie in images [N,...size,C], the adjoint of `unfold`: PyTorch's fold (col2im), with the channels last. */
export function fold(patches: Tensor, options: FoldOptions): Tensor {
  const op = "fold";
  expectDType(op, "patches", patches, "numeric");
  expectOptions(op, options, ["size", "kernel", "stride", "padding", "dilation"]);
  expectNumbers(op, "size", options.size, "the height and the width of the image");
  const size = extentsOf(op, "size", 2, options.size, 0);
  const [rows, columns] = patchesOf(op, size, options);
  const taps = rows.kernel * columns.kernel;
  const [n, , , depth] = patches.shape;
  const fits =
    patches.shape.length === 4 &&
    patches.shape[1] === rows.count &&
    patches.shape[2] === columns.count &&
    depth! % taps === 0;
  if (!fits) {
    throw new Error(
      `${op}: patches must be [N,${rows.count},${columns.count},${taps} C] for images of size [${size}], got ${describe(patches)}`,
    );
  }
  const channels = depth! / taps;
  const all = reshape(patches, [n!, rows.count, columns.count, rows.kernel, columns.kernel, channels]);
  // Along the columns, [N,rows,kernel,W,C], then along the rows.
  const wide = added(transpose(all, [0, 1, 3, 2, 4, 5]), 3, columns);
  return added(wide, 1, rows);
}

/** Elements [..., count, kernel, ...] from `axis` on, summed up where they lie along one axis of the image. */
function added(x: Tensor, axis: number, along: Patches): Tensor {
  const { kernel, stride, padding, dilation, extent, count } = along;
  const whole = extent + 2 * padding;
  const none = x.shape.toSpliced(axis + 1, 1).map(() => 0);
  const placed = Array.from({ length: kernel }, (_, tap) => {
    const own = narrow(x, axis + 1, tap, 1);
    const flat = reshape(own, x.shape.toSpliced(axis + 1, 1));
    const start = tap * dilation;
    const end = start + (count - 1) * stride + 1;
    return apply("pad", [flat], {
      low: none.with(axis, start),
      high: none.with(axis, whole - end),
      interior: none.with(axis, stride - 1),
      mode: "zero",
    });
  });
  return narrow(placed.reduce(add), axis, padding, extent);
}
