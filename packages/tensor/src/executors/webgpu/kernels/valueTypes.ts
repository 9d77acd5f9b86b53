import { type DType, isFloat } from "../../../dtype.js";

/** How a dtype lies in a storage buffer. */
export const storageType: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u32: "u32",
  bool: "u32",
};
/** What a dtype is inside a kernel. */
export const valueType: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "f32",
  i32: "i32",
  u32: "u32",
  bool: "bool",
};

/**
 * WGSL converts a float that is out of range to the nearest float that is in range, which is not the integers' limit; drivers that were
 * told to leave out checks return anything. NaN becomes 0.
 */
export function castCode(value: string, from: DType, to: DType): string {
  const target = valueType[to];
  if (from === "bool" && to !== "bool") return `select(${target}(0), ${target}(1), ${value})`;
  // By the bits: a NaN is true, and the sign of a zero does not count.
  if (isFloat(from) && to === "bool") return `((bitcast<u32>(${value}) & 0x7fffffffu) != 0u)`;
  if (to === "f16") return `half(f32(${value}))`;
  if (isFloat(from) && to === "i32") {
    return `select(select(select(i32(${value}), 2147483647, ${value} >= 2147483648.0), -2147483647 - 1, ${value} < -2147483648.0), 0, isnan(${value}))`;
  }
  if (isFloat(from) && to === "u32") {
    return `select(select(u32(max(${value}, 0.0)), 4294967295u, ${value} >= 4294967296.0), 0u, ${value} < 0.0 || isnan(${value}))`;
  }
  return `${target}(${value})`;
}

/** The buffer element that stores a value. */
export const storedValue = (value: string, dtype: DType): string =>
  dtype === "bool" ? `select(0u, 1u, ${value})` : dtype === "f16" ? `f16(${value})` : value;

/** The four buffer elements that store a vector. */
export const storedQuad = (value: string, dtype: DType): string =>
  dtype === "bool"
    ? `select(vec4<u32>(), vec4<u32>(1u), ${value})`
    : dtype === "f16"
      ? `vec4<f16>(${value})`
      : value;

/** The vector that four buffer elements store. */
export const loadedQuad = (elements: string, dtype: DType): string =>
  dtype === "bool" ? `${elements} != vec4<u32>()` : dtype === "f16" ? `vec4<f32>(${elements})` : elements;
