import { expectNumbers, expectTensor, normalizeAxis, show } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";

/**
 * Elements start, start + step, ... below stop on each axis. Axes after the given ones are taken whole. Negative bounds count from
 * the end. Equal bounds take nothing. Bounds outside the extent, steps below 1 and a stop before the start are errors; `flip` walks backwards.
 */
export function slice(
  x: Tensor,
  start: readonly number[],
  stop: readonly number[],
  step: readonly number[] = [],
): Tensor {
  expectTensor("slice", "x", x);
  for (const [name, bounds] of Object.entries({ start, stop, step })) {
    expectNumbers("slice", name, bounds, "one per leading axis, as in slice(x, [0], [1])");
  }
  const rank = x.shape.length;
  if (start.length !== stop.length || start.length > rank || step.length > rank) {
    throw new Error(
      `slice: start and stop need one entry for each of the same leading axes, got ${start.length} and ${stop.length} ` +
        `(and ${step.length} steps) for x ${formatShape(x.shape)}`,
    );
  }
  const fromEnd = (bound: number, extent: number): number => (bound < 0 ? bound + extent : bound);
  const params = {
    start: x.shape.map((extent, axis) => fromEnd(start[axis] ?? 0, extent)),
    stop: x.shape.map((extent, axis) => fromEnd(stop[axis] ?? extent, extent)),
    step: x.shape.map((_, axis) => step[axis] ?? 1),
  };
  for (const [axis, extent] of x.shape.entries()) {
    const given = `${start[axis] ?? 0} to ${stop[axis] ?? extent}`;
    if (params.start[axis]! < 0 || params.stop[axis]! > extent || params.start[axis]! > params.stop[axis]!) {
      throw new Error(
        `slice: ${given} on axis ${axis} is not a range within extent ${extent} of x ${formatShape(x.shape)}; ` +
          "use 0 <= start <= stop <= extent, negative bounds counting from the end",
      );
    }
  }
  const whole = x.shape.every(
    (extent, axis) => params.start[axis] === 0 && params.stop[axis] === extent && params.step[axis] === 1,
  );
  return whole ? x : apply("slice", [x], params);
}

/** `length` elements of `x` along `axis`, from `start` on, which counts from the end where it is negative: PyTorch's narrow. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  expectTensor("narrow", "x", x);
  const resolved = normalizeAxis("narrow", axis, x.shape.length);
  const extent = x.shape[resolved]!;
  const whole = [start, length].every(Number.isInteger);
  const first = whole && start < 0 ? start + extent : start;
  if (!whole || first < 0 || length < 0 || first + length > extent) {
    throw new Error(
      `narrow: ${show(length)} elements from ${show(start)} on are not within extent ${extent} of axis ${resolved} of x ${formatShape(x.shape)}`,
    );
  }
  return slice(
    x,
    x.shape.map((_, i) => (i === resolved ? first : 0)),
    x.shape.with(resolved, first + length),
  );
}
