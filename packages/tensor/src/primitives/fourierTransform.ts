/** exp(-2 pi i k / n) for k from 0 to n - 1, each as its real and its imaginary part. */
export function rootsOfUnity(n: number): Float64Array {
  const roots = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    roots[2 * k] = Math.cos((2 * Math.PI * k) / n);
    roots[2 * k + 1] = -Math.sin((2 * Math.PI * k) / n);
  }
  return roots;
}

function smallestFactor(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}

/**
 * y_k = sum over j of x_j exp(-2 pi i j k / n), or with the other sign, of complex numbers as pairs, in float64. After Cooley and Tukey: n times the sum of its prime
 * factors, in steps.
 */
export function fourierTransform(x: Float64Array, inverse: boolean): Float64Array {
  const n = x.length / 2;
  const roots = rootsOfUnity(n);
  const sign = inverse ? -1 : 1;
  /** Of the `length` numbers from `first` on, `step` apart. */
  const transform = (first: number, step: number, length: number): Float64Array => {
    if (length === 1) return x.slice(2 * first, 2 * first + 2);
    const parts = smallestFactor(length);
    const inner = length / parts;
    const transformed = Array.from({ length: parts }, (_, part) =>
      transform(first + part * step, step * parts, inner),
    );
    const y = new Float64Array(2 * length);
    for (let k = 0; k < length; k++) {
      transformed.forEach((values, part) => {
        const at = 2 * (k % inner);
        // exp(-2 pi i part k / length), of which `step` is n / length.
        const root = 2 * (((part * k) % length) * step);
        const [real, imag] = [roots[root]!, sign * roots[root + 1]!];
        y[2 * k]! += values[at]! * real - values[at + 1]! * imag;
        y[2 * k + 1]! += values[at]! * imag + values[at + 1]! * real;
      });
    }
    return y;
  };
  return transform(0, 1, n);
}
