export type Predictor = 1 | 2 | 3;

/** Undoes horizontal differences (predictor 2) in rows of numbers, the lowest byte of each first: each is the sum of those before it, modulo 2^bits. `step` samples make a pixel. */
export function sumDifferences(bytes: Uint8Array, bits: number, rowSamples: number, step: number): void {
  const values = numbersIn(bytes, bits);
  // All of them wrap around as the differences do; only 64 bits need another kind of number.
  if (values instanceof BigUint64Array) {
    for (let row = 0; row < values.length; row += rowSamples) {
      for (let i = row + step; i < row + rowSamples; i++) values[i] = values[i]! + values[i - step]!;
    }
    return;
  }
  for (let row = 0; row < values.length; row += rowSamples) {
    for (let i = row + step; i < row + rowSamples; i++) values[i] = values[i]! + values[i - step]!;
  }
}

function numbersIn(
  { buffer, byteOffset, length }: Uint8Array,
  bits: number,
): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  if (bits === 8) return new Uint8Array(buffer, byteOffset, length);
  if (bits === 16) return new Uint16Array(buffer, byteOffset, length / 2);
  if (bits === 32) return new Uint32Array(buffer, byteOffset, length / 4);
  return new BigUint64Array(buffer, byteOffset, length / 8);
}

/**
 * Undoes the predictor of floats (3): a row has the highest byte of all its numbers first, then the next one of all, and differences along these bytes (TIFF Technical Note 3).
 * Such rows are the same in either byte order. The lowest byte of each number comes first in the result.
 */
export function joinFloatBytes(bytes: Uint8Array, bits: number, rowSamples: number, step: number): void {
  const width = bits / 8;
  const rowBytes = rowSamples * width;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = row + step; i < row + rowBytes; i++) bytes[i] = bytes[i]! + bytes[i - step]!;
    planes.set(bytes.subarray(row, row + rowBytes));
    for (let plane = 0; plane < width; plane++) {
      for (let i = 0; i < rowSamples; i++)
        bytes[row + i * width + width - 1 - plane] = planes[plane * rowSamples + i]!;
    }
  }
}
