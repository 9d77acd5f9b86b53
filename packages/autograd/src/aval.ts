import type { Aval } from "@clidim/tensor";

export const sameAval = (a: Aval, b: Aval): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((extent, axis) => extent === b.shape[axis]);
