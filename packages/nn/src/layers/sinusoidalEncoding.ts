import { add, cast, formatShape, type Shape, type Tensor, tensor } from "@clidim/tensor";
import { aboveZero, checkOptions } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

export interface SinusoidalEncodingOptions {
  /** Of the wavelengths, which reach from 2 pi to 2 pi base. Default 10000. */
  readonly base?: number;
}

/** [T, C]; computed in doubles, since devices lose digits of the sines of large angles. */
function waves(length: number, size: number, base: number): Tensor {
  const value = (at: number): number => {
    const [position, channel] = [Math.floor(at / size), at % size];
    const angle = position * base ** (-(channel - (channel % 2)) / size);
    return channel % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  };
  return tensor(
    Float64Array.from({ length: length * size }, (_, at) => value(at)),
    { shape: [length, size] },
  );
}

/**
 * Adds to element t of sequences [..., T, C] the waves sin(t base^(-2 i / C)) in channel 2 i and cos(t base^(-2 i / C)) in channel 2 i + 1:
 * Vaswani et al., Attention is all you need, 3.5.
 */
export function sinusoidalEncoding(options: SinusoidalEncodingOptions = {}): Layer<None, None> {
  checkOptions("sinusoidalEncoding", options, { base: aboveZero });
  const { base = 10000 } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length < 2) {
      throw new Error(`sinusoidalEncoding: expected x of shape [...,T,C], got ${formatShape(shape)}`);
    }
    return shape;
  };
  return checkedLayer<None, None>({
    kind: "sinusoidalEncoding",
    init: () => ({ params: {}, stats: {} }),
    apply({ stats }, x) {
      const [length, size] = check(x.shape).slice(-2) as [number, number]; // the rank has been checked
      return { output: add(x, cast(waves(length, size, base), x.dtype)), stats };
    },
    outputShape: check,
  });
}
