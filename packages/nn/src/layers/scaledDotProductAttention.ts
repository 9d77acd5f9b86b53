import {
  add,
  and,
  any,
  formatShape,
  iota,
  le,
  matmul,
  mul,
  not,
  type Shape,
  softmax,
  Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { callable, checkOptions, finite, flag, tensorOption } from "../checkOptions.js";

export interface AttentionOptions {
  /** Position i attends to positions 0 .. i only. Default false. */
  readonly causal?: boolean;
  /**
   * Broadcastable to [..., T, S]. Bool: positions where it is false are ignored. Floats are added to the scores, and what that brings to -1e30 or less
   * (f16: -6e4), as -Infinity and the lowest number of the dtype do, is ignored. Where nothing is left, the result is 0.
   */
  readonly mask?: Tensor;
  /** Of the scores. Default 1 / sqrt(D). */
  readonly scale?: number;
  /** Applied to the attention weights. */
  readonly drop?: (weights: Tensor) => Tensor;
}

/**
 * `softmax(query key^T / sqrt(D)) value`: query [..., T, D], key [..., S, D], value [..., S, E] -> [..., T, E]. PyTorch's function of
 * this name, with its masks.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkOptions("scaledDotProductAttention", options, {
    causal: flag,
    mask: tensorOption,
    scale: finite,
    drop: callable("a function of the weights"),
  });
  const { causal = false, mask, drop: dropped = (weights) => weights } = options;
  checkOperands(query, key, value, mask);
  const rank = key.shape.length;
  const swapped = [...key.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  const { scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options;
  let scores = matmul(mul(query, scale), transpose(key, swapped));
  // Finite, since devices need not honour infinities; exp of it is zero.
  const ignored = scores.dtype === "f16" ? -6e4 : -1e30;
  let permitted = mask;
  if (mask && mask.dtype !== "bool") {
    scores = add(scores, mask);
    // Ignored they are, or else in a row without any other a position that causality forbids would have the highest score. NaN is not hidden.
    permitted = not(le(scores, ignored));
  }
  const allowed = allowedPositions(scores.shape.slice(-2), causal, permitted);
  if (!allowed) return matmul(dropped(softmax(scores, -1)), value);
  const weights = softmax(where(allowed, scores, ignored), -1);
  // Of a row without any position all are alike, and the softmax would be their mean.
  return matmul(dropped(where(any(allowed, -1, { keepDims: true }), weights, 0)), value);
}

/** Where [..., T, S] may attend to what, by causality and a mask (bool); undefined: everywhere. */
function allowedPositions(square: Shape, causal: boolean, mask: Tensor | undefined): Tensor | undefined {
  if (!causal) return mask;
  const before = le(iota(square, 1, "i32"), iota(square, 0, "i32"));
  return mask ? and(mask, before) : before;
}

function checkOperands(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | undefined): void {
  const op = "scaledDotProductAttention";
  for (const [name, operand] of Object.entries({ query, key, value })) {
    if (!(operand instanceof Tensor))
      throw new Error(`${op}: ${name} must be a tensor, got ${show(operand)}`);
  }
  const [q, k, v] = [query.shape, key.shape, value.shape];
  if ([q, k, v].some(({ length }) => length < 2) || q.at(-1) !== k.at(-1) || k.at(-2) !== v.at(-2)) {
    throw new Error(
      `${op}: expected query [...,T,D], key [...,S,D] and value [...,S,E], got ${[q, k, v].map(formatShape).join(", ")}`,
    );
  }
  if (!mask) return;
  if (mask.dtype !== "bool" && mask.dtype !== query.dtype) {
    throw new Error(
      `${op}: mask must be bool (true where a position is attended to) or ${query.dtype} (added to the scores), got ${mask.dtype}; cast it`,
    );
  }
  const scores = [...(q.length >= k.length ? q : k).slice(0, -2), q.at(-2)!, k.at(-2)!];
  const { shape } = mask;
  const from = scores.length - shape.length;
  if (from < 0 || shape.some((extent, axis) => extent !== 1 && extent !== scores[from + axis])) {
    throw new Error(
      `${op}: mask ${formatShape(shape)} does not stretch to scores ${formatShape(scores)}; pass [...,T,S], with 1 for what is shared`,
    );
  }
}
