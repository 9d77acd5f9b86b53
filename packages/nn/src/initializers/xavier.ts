import type { Initializer } from "./initializer.js";
import { normal } from "./normal.js";
import { uniform } from "./uniform.js";

export interface XavierOptions {
  /** Factor on the standard deviation. Default 1. */
  readonly gain?: number;
}

/** Uniform with variance gain^2 * 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export const xavierUniform =
  ({ gain = 1 }: XavierOptions = {}): Initializer =>
  (key, shape, fans) => {
    const bound = gain * Math.sqrt(6 / (fans.fanIn + fans.fanOut));
    return uniform({ low: -bound, high: bound })(key, shape, fans);
  };

/** Normal with variance gain^2 * 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export const xavierNormal =
  ({ gain = 1 }: XavierOptions = {}): Initializer =>
  (key, shape, fans) =>
    normal({ std: gain * Math.sqrt(2 / (fans.fanIn + fans.fanOut)) })(key, shape, fans);
