/** Four lanes of the same 32 bits, which the module has in a global: V8 loads them from there by one instruction, where it makes a constant of the code by three, each time. */
export interface Lanes {
  readonly lanes: number;
}

/** Of an integer. */
export const lanes = (bits: number): Lanes => ({ lanes: bits | 0 });

export const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]!;

/** Of an f32. */
export const floatLanes = (value: number): Lanes => lanes(bitsOf(value));
