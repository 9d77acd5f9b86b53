/** Of grey values with less than this part of their absolute sum, what is left of it is a remainder. */
const LEAST_PART = 0.1;

/**
 * Whether a sum of grey values stands for light, so that another can be a part of it: |sum v| >= `LEAST_PART` sum |v|. Of grey values without negative ones it does, unless all are 0. Of those about 0 (z-scores, a background that was subtracted)
 * nearly all cancels, and a ratio to what is left of them tells nothing, or is not finite.
 */
export const hasLight = (sum: number, absolute: number): boolean =>
  absolute > 0 && Math.abs(sum) >= LEAST_PART * absolute;
