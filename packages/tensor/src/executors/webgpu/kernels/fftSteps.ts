/** Radices that are transformed in registers. */
const smallPrimes: readonly number[] = [2, 3, 5, 7];
/** Primes up to this one are summed up as they are; with larger ones a convolution is cheaper. */
const largestPrime = 61;

function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; p * p <= n; p++) for (; n % p === 0; n /= p) factors.push(p);
  return n > 1 ? [...factors, n] : factors;
}

/** Whether a length has none but small prime factors. */
export const isSmooth = (n: number): boolean => primeFactors(n).every((p) => p <= largestPrime);

/** The length of the convolution by which Bluestein's algorithm transforms `n` numbers. */
export const convolutionLength = (n: number): number => 2 ** Math.ceil(Math.log2(2 * n - 1));

/** Radices of up to 8 whose product is `n`, which has no prime factor above 7. */
export function smallRadices(n: number): number[] {
  const factors = primeFactors(n);
  const odd = factors.filter((p) => p !== 2);
  const twos = factors.length - odd.length;
  // No step by 2 where two by 4 do instead of one by 8 and one by 2.
  const fours = twos % 3 === 1 && twos > 1 ? 2 : twos % 3 === 2 ? 1 : 0;
  const eights = Math.floor((twos - 2 * fours) / 3);
  const two = twos - 2 * fours - 3 * eights;
  return [
    ...Array<number>(eights).fill(8),
    ...Array<number>(fours).fill(4),
    ...Array<number>(two).fill(2),
    ...odd,
  ];
}

/** The primes of a smooth length that are no small radices. */
export const largerPrimes = (n: number): number[] => primeFactors(n).filter((p) => !smallPrimes.includes(p));

/** As few factors of at most `limit` as there can be, of about the same size, whose product is `n`, which has no prime factor above 7. */
export function balancedFactors(n: number, limit: number): number[] {
  const primes = primeFactors(n).reverse();
  for (let count = Math.ceil(Math.log(n) / Math.log(limit)); ; count++) {
    const groups = Array<number>(Math.max(1, count)).fill(1);
    const fits = primes.every((p) => {
      const smallest = groups.indexOf(Math.min(...groups));
      groups[smallest]! *= p;
      return groups[smallest]! <= limit;
    });
    if (fits) return groups;
  }
}
