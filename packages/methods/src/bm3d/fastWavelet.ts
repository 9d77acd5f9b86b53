import type { InPlace } from "./matrixProduct.js";

/** What of the lifting steps of the wavelet 1.5 is left with 4 pairs; with fewer, borders being periodic, nothing. */
const LIFT = 22 / 128;

/** `biorthogonal(8)`, whose rows but for the mean and the finest are scaled by one over a length, that of the `coarse` one and of both in the `middle`. */
export function biorthogonal8(coarse: number, middle: number): { analyse: InPlace; synthesise: InPlace } {
  return {
    analyse(values) {
      const a = values[0]!;
      const b = values[1]!;
      const c = values[2]!;
      const d = values[3]!;
      const e = values[4]!;
      const f = values[5]!;
      const g = values[6]!;
      const h = values[7]!;
      const ab = (a - b) * Math.SQRT1_2;
      const cd = (c - d) * Math.SQRT1_2;
      const ef = (e - f) * Math.SQRT1_2;
      const gh = (g - h) * Math.SQRT1_2;
      const low = LIFT * (cd - gh);
      const high = LIFT * (ef - ab);
      const first = (a + b) * Math.SQRT1_2 + low;
      const second = (c + d) * Math.SQRT1_2 + high;
      const third = (e + f) * Math.SQRT1_2 - low;
      const fourth = (g + h) * Math.SQRT1_2 - high;
      const front = first + second;
      const back = third + fourth;
      values[0] = (front + back) / 2;
      values[1] = (front - back) * (0.5 / coarse);
      values[2] = (first - second) * (Math.SQRT1_2 / middle);
      values[3] = (third - fourth) * (Math.SQRT1_2 / middle);
      values[4] = ab;
      values[5] = cd;
      values[6] = ef;
      values[7] = gh;
    },
    synthesise(values) {
      const ab = values[4]!;
      const cd = values[5]!;
      const ef = values[6]!;
      const gh = values[7]!;
      const mean = values[0]! / 2;
      const step = values[1]! * (coarse / 2);
      const front = mean + step;
      const back = mean - step;
      const left = values[2]! * (Math.SQRT1_2 * middle);
      const right = values[3]! * (Math.SQRT1_2 * middle);
      const low = LIFT * (cd - gh);
      const high = LIFT * (ef - ab);
      const first = front + left - low;
      const second = front - left - high;
      const third = back + right + low;
      const fourth = back - right + high;
      values[0] = (first + ab) * Math.SQRT1_2;
      values[1] = (first - ab) * Math.SQRT1_2;
      values[2] = (second + cd) * Math.SQRT1_2;
      values[3] = (second - cd) * Math.SQRT1_2;
      values[4] = (third + ef) * Math.SQRT1_2;
      values[5] = (third - ef) * Math.SQRT1_2;
      values[6] = (fourth + gh) * Math.SQRT1_2;
      values[7] = (fourth - gh) * Math.SQRT1_2;
    },
  };
}
