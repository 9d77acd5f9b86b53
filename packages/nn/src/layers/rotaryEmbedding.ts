import {
  add,
  cast,
  concat,
  formatShape,
  mul,
  reshape,
  slice,
  stack,
  sub,
  Tensor,
  tensor,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { type AcceptedOptions, aboveZero, checkOptions, flag, wholeFrom } from "../checkOptions.js";

export interface RotaryOptions {
  /** Of the wavelengths, which reach from 2 pi to 2 pi base. Default 10000. */
  readonly base?: number;
  /** Whether a pair is of neighbours, as in the paper, or of elements i and i + D / 2, as in Llama and GPT-NeoX. Default false. */
  readonly interleaved?: boolean;
}

/** What these options may be. */
export const rotaryOptions: AcceptedOptions<RotaryOptions> = { base: aboveZero, interleaved: flag };

/** Where a sequence begins. */
export interface RotaryEmbeddingOptions extends RotaryOptions {
  /** The position of the first element. Default 0. */
  readonly start?: number;
}

/** Cosines and sines, each [T, D / 2]. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** By which angles positions from `start` on are turned; computed in doubles, since devices lose digits of the sines of large angles. */
export function rotationOf(
  start: number,
  length: number,
  size: number,
  { base = 10000 }: RotaryOptions,
): Rotation {
  const half = size / 2;
  const of = (f: (angle: number) => number): Tensor =>
    tensor(
      Float64Array.from({ length: length * half }, (_, at) =>
        f((start + Math.floor(at / half)) * base ** (-(at % half) / half)),
      ),
      { shape: [length, half] },
    );
  return { cos: of(Math.cos), sin: of(Math.sin) };
}

/** Pairs of the last axis of x [..., T, D], turned in their plane. */
export function rotate(x: Tensor, rotation: Rotation, interleaved: boolean): Tensor {
  const [cos, sin] = [cast(rotation.cos, x.dtype), cast(rotation.sin, x.dtype)];
  const size = x.shape.at(-1)!;
  const half = size / 2;
  const outer = x.shape.slice(0, -1);
  const pairs = interleaved ? reshape(x, [...outer, half, 2]) : reshape(x, [...outer, 2, half]);
  const part = (index: number): Tensor => {
    const axis = pairs.shape.length - (interleaved ? 1 : 2);
    const begin = pairs.shape.map((_, i) => (i === axis ? index : 0));
    return reshape(slice(pairs, begin, pairs.shape.with(axis, index + 1)), [...outer, half]);
  };
  const [a, b] = [part(0), part(1)];
  const turned = [sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))];
  return interleaved ? reshape(stack(turned, -1), x.shape) : concat(turned, -1);
}

/**
 * Rotary position embedding of queries or keys x [..., T, D]: the pair i of the element at position t is turned by the angle
 * t base^(-2 i / D), so that products of queries and keys depend on distances alone (Su et al., RoFormer, eq. 15).
 */
export function rotaryEmbedding(x: Tensor, options: RotaryEmbeddingOptions = {}): Tensor {
  const op = "rotaryEmbedding";
  checkOptions(op, options, { ...rotaryOptions, start: wholeFrom(0) });
  if (!(x instanceof Tensor)) throw new Error(`${op}: x must be a tensor, got ${show(x)}`);
  if (x.shape.length < 2 || x.shape.at(-1)! % 2 !== 0) {
    throw new Error(`${op}: expected x of shape [...,T,D] with D even, got ${formatShape(x.shape)}`);
  }
  const { start = 0, interleaved = false } = options;
  const [length, size] = x.shape.slice(-2) as [number, number]; // the rank has been checked
  return rotate(x, rotationOf(start, length, size, options), interleaved);
}
