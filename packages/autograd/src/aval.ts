import { type Aval, formatShape } from "@clidim/tensor";

/** Shape and dtype as messages have them: "f32 [2,3]". */
export const describe = ({ dtype, shape }: Aval): string => `${dtype} ${formatShape(shape)}`;

export const sameAval = (a: Aval, b: Aval): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((extent, axis) => extent === b.shape[axis]);
