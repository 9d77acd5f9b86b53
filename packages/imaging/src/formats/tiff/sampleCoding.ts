import type { PixelType } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { TiffDirectory } from "./readDirectory.js";

/** What the samples of a page are in the file. */
export type StoredType =
  | ("uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "uint64" | "int64")
  | ("float16" | "float32" | "float64");

/** As what they are read. */
const READ_AS: Readonly<Record<StoredType, PixelType>> = {
  uint8: "uint8",
  int8: "int16",
  uint16: "uint16",
  int16: "int16",
  uint32: "float32",
  int32: "float32",
  uint64: "float32",
  int64: "float32",
  float16: "float32",
  float32: "float32",
  float64: "float32",
};

/** How samples are stored, and as what they are read. */
export interface SampleCoding {
  /** Of samples of other bits than 8, 16, 32 and 64, which are packed, the smallest type that holds them. */
  readonly stored: StoredType;
  /** 8, 16, 32, 64; of packed samples less than `stored` has. */
  readonly bits: number;
  readonly dtype: PixelType;
  readonly littleEndian: boolean;
  /** The lowest bit of each byte comes first (FillOrder 2). */
  readonly bitsReversed: boolean;
}

const KINDS: Readonly<Record<number, string>> = {
  1: "unsigned integer",
  2: "signed integer",
  3: "float",
  5: "complex integer",
  6: "complex",
};

/** The coding of the samples of a page; an `InputError` for one that is not read. `title` is what messages call the page. */
export async function sampleCodingOf(directory: TiffDirectory, title: string): Promise<SampleCoding> {
  const bits = await alike(directory, 258, "bits per sample", 1, title);
  const written = await alike(directory, 339, "sample formats", 1, title);
  // 4 is "undefined", of which libtiff makes integers.
  const format = written === 4 ? 1 : written;
  const stored = storedAs(format, bits);
  if (!stored) {
    throw new InputError(
      `${title} has ${bits}-bit ${KINDS[format] ?? `format ${format}`} pixels, expected integers of 1 to 16, 32 or 64 bits or floats of 16, 32 or 64; convert it first`,
    );
  }
  return {
    stored,
    bits,
    dtype: READ_AS[stored],
    littleEndian: directory.littleEndian,
    bitsReversed: (await directory.number(266)) === 2,
  };
}

function storedAs(format: number, bits: number): StoredType | undefined {
  if (format === 3) return ({ 16: "float16", 32: "float32", 64: "float64" } as const)[bits];
  if (format !== 1 && format !== 2) return undefined;
  const width = bits >= 1 && bits <= 8 ? 8 : bits > 8 && bits <= 16 ? 16 : bits;
  if (format === 1) return ({ 8: "uint8", 16: "uint16", 32: "uint32", 64: "uint64" } as const)[width];
  return ({ 8: "int8", 16: "int16", 32: "int32", 64: "int64" } as const)[width];
}

/** Whether samples fill no bytes. */
export function isPacked({ bits }: Pick<SampleCoding, "bits">): boolean {
  return bits % 8 !== 0;
}

/** The value that all samples of a pixel have. */
async function alike(
  directory: TiffDirectory,
  tag: number,
  what: string,
  otherwise: number,
  title: string,
): Promise<number> {
  const values = await directory.numbers(tag);
  if (!values) return otherwise;
  const [first = otherwise] = Array.from(values);
  for (let i = 1; i < values.length; i++) {
    if (values[i] === first) continue;
    throw new InputError(
      `${title} has channels of different ${what} (${first} and ${values[i]}), expected one for all; split the channels into files first`,
    );
  }
  return first;
}
