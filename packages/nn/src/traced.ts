import { type DType, input, type Shape, Tensor } from "@clidim/tensor";
import type { LikeOf } from "./layer.js";

const isShape = (like: unknown): like is Shape =>
  Array.isArray(like) && like.every((extent) => typeof extent === "number");

/** Placeholders in place of shapes; tensors stay. */
function placeholders(like: unknown, dtype: DType): unknown {
  if (isShape(like)) return input(like, dtype);
  if (like instanceof Tensor || typeof like !== "object" || like === null) return like;
  if (Array.isArray(like)) return like.map((part) => placeholders(part, dtype));
  return Object.fromEntries(Object.entries(like).map(([name, part]) => [name, placeholders(part, dtype)]));
}

/**
 * `f` of placeholders of these shapes: of f32, or of i32 where `f` refuses floats, as what looks up indices does. Throws what `f`
 * said of floats where it refuses both.
 */
export function traced<T, X = Tensor>(like: LikeOf<X>, f: (x: X) => T): T {
  // The tree of `like` with a tensor in place of each shape.
  const call = (dtype: DType): T => f(placeholders(like, dtype) as X);
  try {
    return call("f32");
  } catch (refusal) {
    try {
      return call("i32");
    } catch {
      throw refusal;
    }
  }
}
