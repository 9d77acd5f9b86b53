import { InputError } from "../../image/inputError.js";
import { type DecodeCompiled, decodeHere } from "../compiledDecoders.js";
import { COMPRESSIONS } from "./compression.js";
import { joinFloatBytes, sumDifferences } from "./predictor.js";
import { reverseEach } from "./readDirectory.js";
import { isPacked } from "./sampleCoding.js";
import { type Samples, samplesOf } from "./samples.js";
import type { PageLayout } from "./tiffLayout.js";

/** The samples of a block of so many rows. Its bytes may be changed. An `InputError` where it is damaged. */
export async function decodeBlock(
  bytes: Uint8Array,
  { file, page, coding, compression, predictor, grid, samples }: PageLayout,
  rows: number,
  decodeCompiled: DecodeCompiled = decodeHere,
): Promise<Samples> {
  if (coding.bitsReversed) reverseBits(bytes);
  let decoded: Uint8Array;
  try {
    decoded = await COMPRESSIONS[compression].decode(bytes, grid.rowBytes * rows, decodeCompiled);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(`${file} is truncated or damaged: page ${page} cannot be decoded (${message})`, {
      cause: error,
    });
  }
  const perRow = grid.width * samples;
  if (predictor === 3) {
    joinFloatBytes(decoded, coding.bits, perRow, samples);
  } else {
    if (!coding.littleEndian && !isPacked(coding)) reverseEach(decoded, coding.bits / 8);
    if (predictor === 2) sumDifferences(decoded, coding.bits, perRow, samples);
  }
  return samplesOf(decoded, coding, perRow);
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i]!]!;
}
