import { add, log } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { zeros } from "../ops/creation.js";
import { take } from "../ops/indexing.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { argsort } from "../ops/sort.js";
import {
  describe,
  expectDType,
  expectOptions,
  expectShape,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { permutation, randomInteger } from "../random.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { gumbelFor } from "./byInversion.js";
import { categorical } from "./categorical.js";

/** What is drawn. */
export interface ChoiceOptions {
  /** Whether one element may be drawn several times. Default true. */
  readonly replace?: boolean;
  /** The probability of each element [n], or numbers in proportion to it. Default the same for all. */
  readonly p?: Tensor;
  /** The axis whose elements are drawn. Default 0. */
  readonly axis?: number;
}

/** Positions among `n`, as a vector of `count`. */
function positions(key: Tensor, n: number, count: number, p: Tensor | undefined, replace: boolean): Tensor {
  if (replace) {
    return p ? categorical(key, log(p), { shape: [count] }) : randomInteger(key, 0, n, [count]);
  }
  // The order of log p after Gumbel numbers are added is that of draws one after the other.
  const order = p
    ? argsort(add(gumbelFor("choice", key, [n]), log(cast(p, "f32"))), 0, { descending: true })
    : permutation(key, n);
  return slice(order, [0], [count]);
}

/**
 * Elements of `a` along an axis, in the shape `shape` in its place, or whole numbers (i32) below `a`, drawn with replacement or without: `choice(key, 10, [3])`. Without, the probabilities `p` are those of
 * the first of them, and then of each among what is left. Gradients go to the elements.
 */
export function choice(
  key: Tensor,
  a: Tensor | number,
  shape: Shape = [],
  options: ChoiceOptions = {},
): Tensor {
  expectOptions("choice", options, ["replace", "p", "axis"]);
  expectShape("choice", shape);
  const { replace = true, p, axis = 0 } = options;
  if (!(a instanceof Tensor) && (!Number.isInteger(a) || a < 1)) {
    throw new Error(`choice: a must be a tensor or a whole number of at least 1, got ${show(a)}`);
  }
  const along = a instanceof Tensor ? normalizeAxis("choice", axis, a.shape.length) : 0;
  const n = a instanceof Tensor ? a.shape[along]! : a;
  const count = sizeOf(shape);
  if (p !== undefined) {
    expectDType("choice", "p", p, "float");
    if (p.shape.length !== 1 || p.shape[0] !== n) {
      throw new Error(`choice: p must be [${n}], a probability per element, got ${describe(p)}`);
    }
  }
  if (count > 0 && (n === 0 || (!replace && count > n))) {
    throw new Error(
      `choice: ${formatShape(shape)} takes ${count} elements of ${n}; draw fewer, or with { replace: true }`,
    );
  }
  const drawn = count === 0 ? zeros(shape, "i32") : reshape(positions(key, n, count, p, replace), shape);
  return a instanceof Tensor ? take(a, drawn, along) : drawn;
}
