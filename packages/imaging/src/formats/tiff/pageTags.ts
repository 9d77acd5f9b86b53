import type { PixelType } from "../../image/image.js";
import { encodeImagejMetadata } from "./imagejMetadata.js";
import type { TiffMetadata, TiffStorage } from "./tiffMetadata.js";
import { ascii, longs, offsets, shorts, TAGS, type Tag, TYPES } from "./tiffTags.js";

/** Where a strip or a tile is. */
export interface WrittenBlock {
  readonly offset: number;
  readonly bytes: number;
}

export interface PageFormat {
  readonly width: number;
  readonly height: number;
  readonly dtype: PixelType;
  readonly storage: TiffStorage;
  /** Of pages that are not in tiles. */
  readonly rowsPerStrip: number;
}

const SAMPLE_FORMATS: Readonly<Record<PixelType, { bits: number; format: number }>> = {
  uint8: { bits: 8, format: 1 },
  uint16: { bits: 16, format: 1 },
  int16: { bits: 16, format: 2 },
  float32: { bits: 32, format: 3 },
};

/**
 * How values are predicted from their neighbours before they are deflated: in tiles by horizontal differences, of floats those of their bytes; not at all in strips, since ImageJ, which reads no
 * tiles, takes the differences of deflated pixels for the pixels (1.53).
 */
export function predictorOf({ dtype, storage: { tile, compression } }: PageFormat): 1 | 2 | 3 {
  if (!tile || compression === "none") return 1;
  return dtype === "float32" ? 3 : 2;
}

/** All tags of the directory `index`; the first one has those of the file. What says how its pixels are stored is never one that was kept. */
export function tagsOfPage(
  index: number,
  format: PageFormat,
  blocks: readonly WrittenBlock[],
  metadata: TiffMetadata,
  big: boolean,
): Tag[] {
  const { width, height, dtype, storage, rowsPerStrip } = format;
  const sample = SAMPLE_FORMATS[dtype];
  const { whiteIsZero, colorMap, ofPages, ofFile } = metadata;
  const palette = colorMap?.length === 3 * 2 ** sample.bits ? colorMap : undefined;
  const at = blocks.map(({ offset }) => offset);
  const lengths = blocks.map(({ bytes }) => bytes);
  const { tile, compression, together } = storage;
  const samples = together?.count ?? 1;
  const perSample = (value: number): readonly number[] => Array.from({ length: samples }, () => value);
  const predictor = predictorOf(format);
  const stored: Tag[] = [
    longs(256, [width]),
    longs(257, [height]),
    shorts(258, perSample(sample.bits)),
    shorts(259, [compression === "deflate" ? 8 : 1]),
    shorts(262, [together?.kind === "RGB" ? 2 : palette ? 3 : whiteIsZero ? 0 : 1]),
    shorts(277, [samples]),
    ...(together ? [shorts(284, [1])] : []),
    ...(tile
      ? [
          longs(322, [tile.width]),
          longs(323, [tile.height]),
          offsets(324, at, big),
          offsets(325, lengths, big),
        ]
      : [offsets(273, at, big), longs(278, [rowsPerStrip]), offsets(279, lengths, big)]),
    ...(predictor > 1 ? [shorts(317, [predictor])] : []),
    ...(palette ? [shorts(320, palette)] : []),
    ...(together && together.extra.length > 0 ? [shorts(338, together.extra)] : []),
    shorts(339, perSample(sample.format)),
  ];
  const own = [
    ...(index === 0 ? [...tagsOfFile(metadata), ...(ofFile ?? [])] : []),
    ...(ofPages?.[index] ?? []),
  ];
  const there = new Set(stored.map(({ tag }) => tag));
  return [...stored, ...own.filter(({ tag }) => !there.has(tag))];
}

function tagsOfFile({ description, latin1, imagej }: TiffMetadata): Tag[] {
  const records = imagej && encodeImagejMetadata(imagej);
  return [
    ...(description === undefined ? [] : [textTag(description, latin1 === true)]),
    ...(records
      ? [longs(50838, records.counts), { tag: 50839, type: TYPES.BYTE, bytes: records.bytes }]
      : []),
  ];
}

/** Latin-1 where the text was read as that and still is. */
function textTag(text: string, latin1: boolean): Tag {
  const codes = [...`${text}\0`].map((letter) => letter.codePointAt(0)!);
  if (!latin1 || codes.some((code) => code > 255)) return ascii(TAGS.imageDescription, text);
  return { tag: TAGS.imageDescription, type: TYPES.ASCII, bytes: Uint8Array.from(codes) };
}
