import { type AcceptedOptions, checkOptions, finite, oneOf } from "../checkOptions.js";
import type { Fans, Initializer } from "./initializer.js";
import { normal } from "./normal.js";
import { uniform } from "./uniform.js";

export interface KaimingOptions {
  /** Which fan keeps its variance: "fanIn" forward, "fanOut" backward. Default "fanIn". */
  readonly mode?: "fanIn" | "fanOut";
  /** Negative slope of the leaky ReLU that follows. Default 0, a ReLU. */
  readonly slope?: number;
}

const kaimingOptions: AcceptedOptions<KaimingOptions> = { mode: oneOf("fanIn", "fanOut"), slope: finite };

/** 0 where there is no input or output, and no weight either. */
const deviation = (fans: Fans, { mode = "fanIn", slope = 0 }: KaimingOptions): number =>
  fans[mode] === 0 ? 0 : Math.sqrt(2 / ((1 + slope * slope) * fans[mode]));

/** Uniform with variance 2 / ((1 + slope^2) fan) (He et al. 2015). */
export function kaimingUniform(options: KaimingOptions = {}): Initializer {
  checkOptions("kaimingUniform", options, kaimingOptions);
  return (key, shape, fans) => {
    const bound = Math.sqrt(3) * deviation(fans, options);
    return uniform({ low: -bound, high: bound })(key, shape, fans);
  };
}

/** Normal with variance 2 / ((1 + slope^2) fan) (He et al. 2015). */
export function kaimingNormal(options: KaimingOptions = {}): Initializer {
  checkOptions("kaimingNormal", options, kaimingOptions);
  return (key, shape, fans) => normal({ std: deviation(fans, options) })(key, shape, fans);
}
