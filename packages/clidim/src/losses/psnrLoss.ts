import { div, formatShape, log, maximum, mean, mul, square, sub, type Tensor } from "@clidim/tensor";

/**
 * 1 / PSNR in 1/dB with PSNR = 10 log10(range^2 / mean((x - y)^2)) over all elements: what the released code's PSNR term comes to with
 * kornia 0.5, whose psnr_loss is -PSNR. The squares' mean is taken for 1e-12 range^2 at least. Meant for images closer than 0 dB.
 */
export function psnrLoss(x: Tensor, y: Tensor, { range = 1 }: { readonly range?: number } = {}): Tensor {
  if (formatShape(x.shape) !== formatShape(y.shape)) {
    throw new Error(`psnrLoss: x ${formatShape(x.shape)} and y ${formatShape(y.shape)} must have one shape`);
  }
  const error = maximum(mul(mean(square(sub(x, y))), 1 / range ** 2), 1e-12);
  return div(-Math.LN10 / 10, log(error));
}
