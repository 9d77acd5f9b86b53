import { fromFunction } from "../../image/fromFunction.js";
import type { PixelArrays, PixelType } from "../../image/image.js";
import type { Rounding } from "../../image/rounding.js";
import { isPacked, type SampleCoding } from "./sampleCoding.js";

/** Samples as they are stored; 64-bit integers as float64, float16 as float32. */
export type Samples = PixelArrays[PixelType] | Int8Array | Uint32Array | Int32Array | Float64Array;

/** Whole numbers up to this one are float32 numbers, as are their negatives. */
const EXACT = 2 ** 24;

/** A whole number that float32 does not hold, or a number beyond its range. */
export class InexactValue extends Error {
  readonly value: number;

  constructor(value: number) {
    super(`${value} is no float32 number`);
    this.value = value;
  }
}

/** The samples in rows of bytes, the lowest byte of each number first; packed ones start each row in a new byte. The array is taken over. */
export function samplesOf(bytes: Uint8Array, coding: SampleCoding, perRow: number): Samples {
  if (isPacked(coding)) return unpacked(bytes, coding, perRow);
  const width = coding.bits / 8;
  // Arrays of wider numbers start at multiples of their width.
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const count = bytes.length / width;
  switch (coding.stored) {
    case "uint8":
      return new Uint8Array(buffer, byteOffset, count);
    case "int8":
      return new Int8Array(buffer, byteOffset, count);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, count);
    case "int16":
      return new Int16Array(buffer, byteOffset, count);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, count);
    case "int32":
      return new Int32Array(buffer, byteOffset, count);
    case "uint64": {
      const integers = new BigUint64Array(buffer, byteOffset, count);
      return fromFunction(new Float64Array(count), (i) => Number(integers[i]!));
    }
    case "int64": {
      const integers = new BigInt64Array(buffer, byteOffset, count);
      return fromFunction(new Float64Array(count), (i) => Number(integers[i]!));
    }
    case "float16": {
      const codes = new Uint16Array(buffer, byteOffset, count);
      return fromFunction(new Float32Array(count), (i) => float16(codes[i]!));
    }
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float64":
      return new Float64Array(buffer, byteOffset, count);
    default:
      throw new Error(`samplesOf: unknown type ${coding.stored satisfies never}`);
  }
}

/** Sign, 5 bits of exponent, 10 of mantissa (IEEE 754 binary16). */
function float16(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const mantissa = code & 1023;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Samples of 1 to 15 bits behind one another, the highest bit first in either byte order (TIFF 6.0, FillOrder). */
function unpacked(bytes: Uint8Array, { bits, stored }: SampleCoding, perRow: number): Samples {
  const rowBytes = Math.ceil((perRow * bits) / 8);
  const rows = rowBytes === 0 ? 0 : bytes.length / rowBytes;
  const arrays = { uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array } as const;
  if (stored !== "uint8" && stored !== "int8" && stored !== "uint16" && stored !== "int16") {
    throw new Error(`samplesOf: ${stored} of ${bits} bits`);
  }
  const out = new arrays[stored](rows * perRow);
  const signed = stored === "int8" || stored === "int16";
  for (let row = 0, at = 0; row < rows; row++) {
    let [held, heldBits, from] = [0, 0, row * rowBytes];
    for (let i = 0; i < perRow; i++) {
      while (heldBits < bits) {
        held = (held << 8) | bytes[from++]!;
        heldBits += 8;
      }
      heldBits -= bits;
      const value = held >>> heldBits;
      held &= (1 << heldBits) - 1;
      out[at++] = signed && value >> (bits - 1) ? value - (1 << bits) : value;
    }
  }
  return out;
}

/** Puts `count` of the samples from `from` on, every `step`-th, into pixels. `InexactValue` where they are wider and one does not fit; `rounding` is told of float64. */
export function putPixels(
  pixels: PixelArrays[PixelType],
  at: number,
  samples: Samples,
  { from, count, step, stored }: { from: number; count: number; step: number } & Pick<SampleCoding, "stored">,
  rounding?: Rounding,
): void {
  const wide = stored === "uint32" || stored === "int32" || stored === "uint64" || stored === "int64";
  const double = stored === "float64";
  if (step === 1 && !wide && !double) {
    pixels.set(samples.subarray(from, from + count), at);
    return;
  }
  for (let i = 0; i < count; i++) {
    const value = samples[from + i * step]!;
    if (wide && (value > EXACT || value < -EXACT)) throw new InexactValue(value);
    if (double && Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw new InexactValue(value);
    if (double) rounding?.add(value);
    pixels[at + i] = value;
  }
}
