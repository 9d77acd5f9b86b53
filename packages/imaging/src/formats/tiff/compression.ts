import { InputError } from "../../image/inputError.js";
import type { DecodeCompiled } from "../compiledDecoders.js";
import { inflate } from "./codecs/inflate.js";
import { decodeLzw } from "./codecs/lzw.js";
import { decodePackBits } from "./codecs/packBits.js";
import { decodeZstd } from "./codecs/zstd.js";

/**
 * Decodes a block: its bytes, as many as it should have. What it gets it may change. An error where the block is damaged or ends before; what follows behind them is not looked at. `decodeCompiled` runs the decoder
 * where that is compiled.
 */
export type Decode = (
  bytes: Uint8Array,
  length: number,
  decodeCompiled: DecodeCompiled,
) => Uint8Array | Promise<Uint8Array>;

interface Compression {
  readonly name: string;
  /** Values of the tag. */
  readonly values: readonly number[];
  /** No byte of it stands for more bytes than these. */
  readonly most: number;
  /** Whether the predictor counts. */
  readonly predicts: boolean;
  readonly decode: Decode;
}

export type CompressionName = "none" | "lzw" | "deflate" | "packBits" | "zstd";

export const COMPRESSIONS: Readonly<Record<CompressionName, Compression>> = {
  none: {
    name: "none",
    values: [1],
    most: 1,
    predicts: false,
    decode: (bytes, length) => bytes.subarray(0, length),
  },
  // 12 bits stand for one entry of a table of 4096 at most, the longest of which has one byte for each that was there before.
  lzw: { name: "LZW", values: [5], most: 2731, predicts: true, decode: decodeLzw },
  deflate: { name: "deflate", values: [8, 32946], most: 1032, predicts: true, decode: inflate },
  packBits: { name: "PackBits", values: [32773], most: 64, predicts: false, decode: decodePackBits },
  // A block of 4 bytes stands for 2^17.
  zstd: { name: "zstd", values: [50000], most: 2 ** 15, predicts: true, decode: decodeZstd },
};

/** What others are called. */
const OTHERS: Readonly<Record<number, string>> = {
  ...{
    2: "CCITT RLE",
    3: "CCITT fax 3",
    4: "CCITT fax 4",
    6: "old JPEG",
    7: "JPEG",
    32766: "NeXT",
    32809: "ThunderScan",
    32908: "PixarFilm",
  },
  ...{
    32909: "PixarLog",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34676: "SGI Log",
    34677: "SGI Log 24",
    34712: "JPEG 2000",
    34887: "LERC",
  },
  ...{
    34925: "LZMA",
    34926: "zstd of its first days",
    34927: "WebP",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
  },
};

/** The compression of that value of the tag; an `InputError` for others. `title` is what messages call the page. */
export function compressionNamed(value: number, title: string): CompressionName {
  // The keys of an object literal are the union that the literal has.
  const names = Object.keys(COMPRESSIONS) as CompressionName[];
  const found = names.find((name) => COMPRESSIONS[name].values.some((known) => known === value));
  if (found) return found;
  const other = OTHERS[value];
  throw new InputError(
    `${title} uses TIFF compression ${value}${other ? ` (${other})` : ""}, expected ${names.map((name) => COMPRESSIONS[name].name).join(", ")}; ` +
      "convert it first, for example with tiffcp -c zip",
  );
}
