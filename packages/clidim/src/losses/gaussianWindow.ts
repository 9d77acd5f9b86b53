/** Weights of a Gaussian at the `size` integer offsets around 0, with sum 1. `sigma` in pixels. */
export function gaussianWindow(size: number, sigma: number): number[] {
  const centre = (size - 1) / 2;
  const weights = Array.from({ length: size }, (_, i) => Math.exp(-((i - centre) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
