import type { Initializer } from "./initializer.js";
import { uniform } from "./uniform.js";

/**
 * U(-1 / sqrt(fanIn), 1 / sqrt(fanIn)): PyTorch's default for the biases of linear and convolution layers. Zeros where
 * there is no input. */
export const fanInUniform = (): Initializer => (key, shape, fans) => {
  const bound = fans.fanIn === 0 ? 0 : 1 / Math.sqrt(fans.fanIn);
  return uniform({ low: -bound, high: bound })(key, shape, fans);
};
