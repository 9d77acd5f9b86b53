import { atLeastZero, checkOptions } from "../checkOptions.js";
import type { Initializer } from "./initializer.js";
import { normal } from "./normal.js";
import { uniform } from "./uniform.js";

export interface XavierOptions {
  /** Factor on the standard deviation. Default 1. */
  readonly gain?: number;
}

/** Uniform with variance gain^2 * 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export function xavierUniform(options: XavierOptions = {}): Initializer {
  checkOptions("xavierUniform", options, { gain: atLeastZero });
  const { gain = 1 } = options;
  return (key, shape, fans) => {
    const bound = gain * Math.sqrt(6 / (fans.fanIn + fans.fanOut));
    return uniform({ low: -bound, high: bound })(key, shape, fans);
  };
}

/** Normal with variance gain^2 * 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export function xavierNormal(options: XavierOptions = {}): Initializer {
  checkOptions("xavierNormal", options, { gain: atLeastZero });
  const { gain = 1 } = options;
  return (key, shape, fans) =>
    normal({ std: gain * Math.sqrt(2 / (fans.fanIn + fans.fanOut)) })(key, shape, fans);
}
