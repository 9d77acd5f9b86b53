/** An unsigned integer in LEB128, seven bits per byte, the lowest first. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A 32-bit integer in signed LEB128. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

/** The bytes of a number as it lies in memory. */
export const float32 = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
export const float64 = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];

/** A name, or anything else that is bytes behind their number. */
export const counted = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];

/** A list of encoded things behind their number. */
export const list = (entries: readonly (readonly number[])[]): number[] => [
  ...unsigned(entries.length),
  ...entries.flat(),
];
