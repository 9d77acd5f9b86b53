import { type Aval, formatShape, type Shape, sizeOf } from "../../../shape.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions } from "./kernelFunctions.js";
import { copyImages, type Padding, paddedImages } from "./paddedImages.js";
import {
  addProduct,
  clearWeights,
  multiplications,
  type Product,
  packedWeights,
  packWeights,
} from "./product.js";
import { roundInPlace } from "./roundHalf.js";

/** What a kernel of products works on. */
export interface ProductNodes {
  readonly name: string;
  readonly source: number;
  readonly weights: number;
  readonly target: number;
  /** Where the source is images that are read with zeros around them. */
  readonly images?: { readonly shape: Shape; readonly padding: Padding };
  /** Whether products leave out elements of the target, which are zeros. */
  readonly hasGaps?: boolean;
}

/** Products of the same operands one after the other: zeros are written, then operands are arranged, then tiles are computed. */
export function productKernel(
  module: ModuleBuilder,
  { name, source, weights, target, images, hasGaps = false }: ProductNodes,
  result: Aval,
  products: readonly Product[],
): KernelCall {
  const padded = images ? paddedImages(images.shape, images.padding) : undefined;
  const paddedSize = padded?.size ?? 0;
  const label = `${name} ${formatShape(result.shape)}`;
  const starts: number[] = [];
  let packedSize = 0;
  for (const product of products) {
    starts.push(packedSize);
    packedSize += packedWeights(product);
  }
  const kernel = new KernelFunctions(module, [source, weights, target], [4 * packedSize, 4 * paddedSize]);
  const packedOf = (k: number): { base: number; start: number } => ({
    base: kernel.scratch(0),
    start: starts[k]!,
  });
  const size = sizeOf(result.shape);

  const zeros = kernel.phase(`${label} zeros`, paddedSize);
  zeros.fillWithZeros(zeros.f.code, kernel.scratch(1), 0, paddedSize);
  if (hasGaps) zeros.fillWithZeros(zeros.f.code, kernel.addressOf(target), 0, size);
  products.forEach((product, k) => {
    clearWeights(zeros, product, packedOf(k));
  });

  const operands = kernel.phase(`${label} operands`, paddedSize + packedSize);
  if (images) copyImages(operands, images.shape, images.padding, kernel.addressOf(source), kernel.scratch(1));
  products.forEach((product, k) => {
    packWeights(operands, product, kernel.addressOf(weights), packedOf(k));
  });

  const work = products.reduce((sum, product) => sum + multiplications(product), 0);
  const tiles = kernel.phase(label, work, 2 * work);
  const locals = {
    source: padded?.isPadded ? kernel.scratch(1) : kernel.addressOf(source),
    target: kernel.addressOf(target),
  };
  products.forEach((product, k) => {
    addProduct(module, tiles, product, locals, packedOf(k));
  });
  roundInPlace(module, kernel, target, result);
  return kernel.call();
}
