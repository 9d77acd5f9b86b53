/** Places within 0 and 1, and their weights, by which the sum of a polynomial's values is its integral up to degree 2 n - 1: zeros of the n-th Legendre polynomial, by Newton's method. */
export function gaussLegendre(n: number): { readonly places: number[]; readonly weights: number[] } {
  const [places, weights]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 6; turn++) {
      // P(k + 1) = ((2 k + 1) x P(k) - k P(k - 1)) / (k + 1)
      let [before, value] = [0, 1];
      for (let k = 0; k < n; k++) [before, value] = [value, ((2 * k + 1) * x * value - k * before) / (k + 1)];
      slope = (n * (before - x * value)) / (1 - x * x);
      x -= value / slope;
    }
    places.push((1 + x) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { places, weights };
}
