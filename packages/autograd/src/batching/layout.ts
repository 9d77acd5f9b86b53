import { alongside, type BatchRule, single } from "./rule.js";

// Axis 0 counts the examples, and each of an example's own axes stands one place further on.

const further = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

export const reshape: BatchRule<"reshape"> = single("reshape", ({ shape }, size) => ({
  shape: [size, ...shape],
}));

export const broadcast: BatchRule<"broadcast"> = single("broadcast", ({ shape }, size) => ({
  shape: [size, ...shape],
}));

export const transpose: BatchRule<"transpose"> = single("transpose", ({ permutation }) => ({
  permutation: [0, ...further(permutation)],
}));

export const slice: BatchRule<"slice"> = single("slice", ({ start, stop, step }, size) => ({
  start: [0, ...start],
  stop: [size, ...stop],
  step: [1, ...step],
}));

export const pad: BatchRule<"pad"> = single("pad", ({ low, high, interior, mode }) => ({
  low: [0, ...low],
  high: [0, ...high],
  interior: [0, ...interior],
  mode,
}));

export const flip: BatchRule<"flip"> = single("flip", ({ axes }) => ({ axes: further(axes) }));

export const concat: BatchRule<"concat"> = alongside("concat", ({ axis }) => ({ axis: axis + 1 }));

export const argsort: BatchRule<"argsort"> = single("argsort", ({ axis, descending }) => ({
  axis: axis + 1,
  descending,
}));

export const arrange: BatchRule<"arrange"> = alongside("arrange", ({ axis }) => ({ axis: axis + 1 }));

export const fft: BatchRule<"fft"> = single("fft", ({ axis, inverse }) => ({ axis: axis + 1, inverse }));

export const sum: BatchRule<"sum"> = single("sum", ({ axes }) => ({ axes: further(axes) }));

export const max: BatchRule<"max"> = single("max", ({ axes }) => ({ axes: further(axes) }));

export const prod: BatchRule<"prod"> = single("prod", ({ axes }) => ({ axes: further(axes) }));
