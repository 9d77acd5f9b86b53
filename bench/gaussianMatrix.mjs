/**
 * The [n, n] matrix that smooths a row of n pixels with SSIM's Gaussian window (5 pixels, sigma 1.5), mirrored at the ends: the same
 * numbers as a separable filter with reflection padding.
 */
export function gaussianMatrix(n, size = 5, sigma = 1.5) {
  const half = (size - 1) / 2;
  const weights = Array.from({ length: size }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((a, b) => a + b);
  const matrix = new Float32Array(n * n);
  for (let row = 0; row < n; row++) {
    weights.forEach((weight, i) => {
      const at = Math.abs(row + i - half);
      matrix[row * n + (at < n ? at : 2 * (n - 1) - at)] += weight / sum;
    });
  }
  return matrix;
}
