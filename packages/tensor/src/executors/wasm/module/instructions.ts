import { float32, float64, signed, unsigned } from "./encoding.js";

/** Instructions of WebAssembly by their names in the specification, each as its bytes. */
export type Bytes = readonly number[];

/** An access to memory at an offset from the address on the stack, which is a multiple of four. */
const memory = (code: Bytes, offset: number): Bytes => [...code, 2, ...unsigned(offset)];

export const get = (local: number): Bytes => [0x20, ...unsigned(local)];
export const set = (local: number): Bytes => [0x21, ...unsigned(local)];
export const tee = (local: number): Bytes => [0x22, ...unsigned(local)];
export const select: Bytes = [0x1b];
export const loop: Bytes = [0x03, 0x40];
/** Begins a branch that leaves nothing on the stack. */
export const ifThen: Bytes = [0x04, 0x40];
export const otherwise: Bytes = [0x05];
export const end: Bytes = [0x0b];
/** To the beginning of the loop around, where the condition is not 0. */
export const branchIf = (depth: number): Bytes => [0x0d, ...unsigned(depth)];
/** Address, byte, length. */
export const fillMemory: Bytes = [0xfc, 11, 0];
/** Target, source, length. */
export const copyMemory: Bytes = [0xfc, 10, 0, 0];

export const i32 = {
  const: (value: number): Bytes => [0x41, ...signed(value)],
  load: (offset: number): Bytes => memory([0x28], offset),
  store: (offset: number): Bytes => memory([0x36], offset),
  eqz: [0x45],
  eq: [0x46],
  ne: [0x47],
  lt_s: [0x48],
  lt_u: [0x49],
  gt_s: [0x4a],
  gt_u: [0x4b],
  le_s: [0x4c],
  le_u: [0x4d],
  ge_s: [0x4e],
  ge_u: [0x4f],
  add: [0x6a],
  sub: [0x6b],
  mul: [0x6c],
  div_s: [0x6d],
  div_u: [0x6e],
  rem_s: [0x6f],
  rem_u: [0x70],
  and: [0x71],
  or: [0x72],
  xor: [0x73],
  shl: [0x74],
  shr_s: [0x75],
  shr_u: [0x76],
  rotl: [0x77],
  reinterpret_f32: [0xbc],
  trunc_sat_f32_s: [0xfc, 0],
  trunc_sat_f32_u: [0xfc, 1],
  trunc_sat_f64_s: [0xfc, 2],
  trunc_sat_f64_u: [0xfc, 3],
} as const;

export const f32 = {
  const: (value: number): Bytes => [0x43, ...float32(value)],
  load: (offset: number): Bytes => memory([0x2a], offset),
  store: (offset: number): Bytes => memory([0x38], offset),
  eq: [0x5b],
  ne: [0x5c],
  lt: [0x5d],
  gt: [0x5e],
  le: [0x5f],
  ge: [0x60],
  abs: [0x8b],
  neg: [0x8c],
  ceil: [0x8d],
  floor: [0x8e],
  trunc: [0x8f],
  nearest: [0x90],
  sqrt: [0x91],
  add: [0x92],
  sub: [0x93],
  mul: [0x94],
  div: [0x95],
  min: [0x96],
  max: [0x97],
  convert_i32_s: [0xb2],
  convert_i32_u: [0xb3],
  demote_f64: [0xb6],
  reinterpret_i32: [0xbe],
} as const;

export const f64 = {
  const: (value: number): Bytes => [0x44, ...float64(value)],
  add: [0xa0],
  mul: [0xa2],
  convert_i32_s: [0xb7],
  convert_i32_u: [0xb8],
  promote_f32: [0xbb],
} as const;

export const v128 = {
  load: (offset: number): Bytes => memory([0xfd, 0x0], offset),
  load32_splat: (offset: number): Bytes => memory([0xfd, 0x9], offset),
  /** Loads the first lane, zeros beside it. */
  load32_zero: (offset: number): Bytes => memory([0xfd, 0x5c], offset),
  /** The same of two. */
  load64_zero: (offset: number): Bytes => memory([0xfd, 0x5d], offset),
  /** Loads one lane of the value on the stack, whose address is below it. */
  load32_lane: (offset: number, lane: number): Bytes => [...memory([0xfd, 0x56], offset), lane],
  store: (offset: number): Bytes => memory([0xfd, 0xb], offset),
  /** Stores one lane. */
  store32_lane: (offset: number, lane: number): Bytes => [...memory([0xfd, 0x5a], offset), lane],
  not: [0xfd, 0x4d],
  and: [0xfd, 0x4e],
  or: [0xfd, 0x50],
  xor: [0xfd, 0x51],
  /** The first where the bits of the third are set, else the second. */
  bitselect: [0xfd, 0x52],
} as const;

export const i32x4 = {
  splat: [0xfd, 0x11],
  /** Four integers that are known. */
  const: (values: readonly number[]): Bytes => [0xfd, 0xc, ...new Uint8Array(Int32Array.from(values).buffer)],
  /** Lanes of two operands by their numbers: 0 to 3 of the first, 4 to 7 of the second. */
  shuffle: (lanes: readonly number[]): Bytes => [
    ...[0xfd, 0xd],
    ...lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
  extract_lane: (lane: number): Bytes => [0xfd, 0x1b, lane],
  replace_lane: (lane: number): Bytes => [0xfd, 0x1c, lane],
  eq: [0xfd, 0x37],
  ne: [0xfd, 0x38],
  lt_s: [0xfd, 0x39],
  lt_u: [0xfd, 0x3a],
  gt_s: [0xfd, 0x3b],
  gt_u: [0xfd, 0x3c],
  le_s: [0xfd, 0x3d],
  le_u: [0xfd, 0x3e],
  ge_s: [0xfd, 0x3f],
  ge_u: [0xfd, 0x40],
  abs: [0xfd, 0xa0, 0x1],
  neg: [0xfd, 0xa1, 0x1],
  shl: [0xfd, 0xab, 0x1],
  shr_s: [0xfd, 0xac, 0x1],
  shr_u: [0xfd, 0xad, 0x1],
  add: [0xfd, 0xae, 0x1],
  sub: [0xfd, 0xb1, 0x1],
  mul: [0xfd, 0xb5, 0x1],
  min_s: [0xfd, 0xb6, 0x1],
  min_u: [0xfd, 0xb7, 0x1],
  max_s: [0xfd, 0xb8, 0x1],
  max_u: [0xfd, 0xb9, 0x1],
  trunc_sat_f32x4_s: [0xfd, 0xf8, 0x1],
  trunc_sat_f32x4_u: [0xfd, 0xf9, 0x1],
} as const;

export const f32x4 = {
  splat: [0xfd, 0x13],
  extract_lane: (lane: number): Bytes => [0xfd, 0x1f, lane],
  replace_lane: (lane: number): Bytes => [0xfd, 0x20, lane],
  eq: [0xfd, 0x41],
  ne: [0xfd, 0x42],
  lt: [0xfd, 0x43],
  gt: [0xfd, 0x44],
  le: [0xfd, 0x45],
  ge: [0xfd, 0x46],
  ceil: [0xfd, 0x67],
  floor: [0xfd, 0x68],
  trunc: [0xfd, 0x69],
  nearest: [0xfd, 0x6a],
  abs: [0xfd, 0xe0, 0x1],
  neg: [0xfd, 0xe1, 0x1],
  sqrt: [0xfd, 0xe3, 0x1],
  add: [0xfd, 0xe4, 0x1],
  sub: [0xfd, 0xe5, 0x1],
  mul: [0xfd, 0xe6, 0x1],
  div: [0xfd, 0xe7, 0x1],
  min: [0xfd, 0xe8, 0x1],
  max: [0xfd, 0xe9, 0x1],
  convert_i32x4_s: [0xfd, 0xfa, 0x1],
  convert_i32x4_u: [0xfd, 0xfb, 0x1],
  /** The lower two of a pair of f64 that become f32, zeros above. */
  demote_f64x2_zero: [0xfd, 0x5e],
} as const;

export const f64x2 = {
  splat: [0xfd, 0x14],
  extract_lane: (lane: number): Bytes => [0xfd, 0x21, lane],
  promote_low_f32x4: [0xfd, 0x5f],
  add: [0xfd, 0xf0, 0x1],
  mul: [0xfd, 0xf2, 0x1],
} as const;
