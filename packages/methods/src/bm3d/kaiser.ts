/** The Kaiser window of `length` values: `I0(beta sqrt(1 - u^2)) / I0(beta)` with u from -1 to 1 and I0 the modified Bessel function. */
export function kaiser(length: number, beta: number): Float64Array {
  const middle = (length - 1) / 2;
  return Float64Array.from(
    { length },
    (_, i) => bessel(beta * Math.sqrt(1 - ((i - middle) / middle) ** 2)) / bessel(beta),
  );
}

/** I0(x) = sum over k of ((x/2)^k / k!)^2. */
function bessel(x: number): number {
  let [sum, term] = [0, 1];
  for (let k = 1; sum + term !== sum; k++) {
    sum += term;
    term *= (x / (2 * k)) ** 2;
  }
  return sum;
}
