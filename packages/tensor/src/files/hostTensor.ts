import { allocate, type DType, type TypedArray } from "../dtype.js";
import { expectDTypeName, show } from "../primitives/expect.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";

/** Values on the host, row-major: what files hold. f16 values are held as f32. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/** Throws where untyped code passed something without dtype and shape. `name` is empty for the only tensor of a call. */
export function expectHeader(op: string, name: string, x: Omit<HostTensor, "data">): void {
  const given: unknown = x;
  const where = name === "" ? op : `${op}: ${JSON.stringify(name)}`;
  if (typeof given !== "object" || given === null) {
    throw new Error(`${where}: expected { dtype, shape, data }, got ${show(given)}`);
  }
  expectDTypeName(where, x.dtype);
  if (!Array.isArray(x.shape) || !x.shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new Error(`${where}: shape must be an array of whole numbers, got ${show(x.shape)}`);
  }
}

/** Throws where data are not the array of their dtype, or do not have the length of their shape. */
export function expectData(op: string, name: string, { dtype, shape, data }: HostTensor): void {
  const label = name === "" ? "" : `${JSON.stringify(name)} `;
  const expected = allocate(dtype, 0).constructor.name;
  const given: unknown = data;
  if (!ArrayBuffer.isView(given) || given.constructor.name !== expected) {
    const pending = typeof given === "function" || given instanceof Promise;
    const advice = pending ? "; give { dtype: x.dtype, shape: x.shape, data: await x.data() }" : "";
    throw new Error(`${op}: ${label}${dtype} needs its data as ${expected}, got ${show(given)}${advice}`);
  }
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `${op}: ${label || "shape "}${formatShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`,
    );
  }
}
