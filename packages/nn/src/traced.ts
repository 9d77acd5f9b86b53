import { input, type Shape, type Tensor } from "@clidim/tensor";

/**
 * `f` of a placeholder of `shape`: one of f32, or one of i32 where `f` refuses floats, as what looks up indices does. Throws what `f`
 * said of floats where it refuses both.
 */
export function traced<T>(shape: Shape, f: (x: Tensor) => T): T {
  try {
    return f(input(shape, "f32"));
  } catch (refusal) {
    try {
      return f(input(shape, "i32"));
    } catch {
      throw refusal;
    }
  }
}
