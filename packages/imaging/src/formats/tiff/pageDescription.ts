import { InputError } from "../../image/inputError.js";
import type { BlockGrid } from "./blockTable.js";
import { COMPRESSIONS, type CompressionName, compressionNamed } from "./compression.js";
import type { Predictor } from "./predictor.js";
import type { TiffDirectory } from "./readDirectory.js";
import { isPacked, type SampleCoding, sampleCodingOf } from "./sampleCoding.js";

/** Values of PhotometricInterpretation, YCbCr and CIE L*a*b* in three ways: colours of which no channel can be taken by itself. */
const MIXED_COLOURS: ReadonlySet<number> = new Set([6, 8, 9, 10]);

/** The value for red, green and blue; those before are of greys. */
const RGB = 2;

/** Values of ExtraSamples for transparency. */
const ALPHA: ReadonlySet<number | undefined> = new Set([1, 2]);

/** Samples of a pixel that are stored, and shown, together: red, green and blue, or grey with transparency. */
export interface PixelSamples {
  readonly kind: "RGB" | "grey";
  readonly count: number;
  /** What those mean that are no colour, as TIFF has it (ExtraSamples): 1 and 2 are transparency. */
  readonly extra: readonly number[];
}

/** The samples of a directory's pixels where they are colours or have a transparency, and are stored pixel by pixel; undefined where they are one, or channels. */
export async function pixelSamplesOf(directory: TiffDirectory): Promise<PixelSamples | undefined> {
  const count = (await channelsOf(directory)) > 1 ? await directory.samplesPerPixel() : 1;
  if (count === 1 || (await directory.number(284)) === 2) return undefined;
  const kind = (await directory.number(262)) === RGB ? "RGB" : "grey";
  const colours = kind === "RGB" ? 3 : 1;
  if (count < colours) return undefined;
  // A fourth sample of colours of which nothing is said is taken for transparency, as libtiff does.
  const said = Array.from((await directory.numbers(338)) ?? (kind === "RGB" ? [2] : []));
  const extra = Array.from({ length: count - colours }, (_, i) => said[i] ?? 0);
  return kind === "RGB" || extra.some((one) => ALPHA.has(one)) ? { kind, count, extra } : undefined;
}

/** What samples are called, and which one is transparency, if any. */
export function namesOfSamples({ kind, count, extra }: PixelSamples): {
  readonly names: readonly string[];
  readonly transparency: number;
} {
  const colours = kind === "RGB" ? ["red", "green", "blue"] : ["grey"];
  const transparency = extra.findIndex((one) => ALPHA.has(one));
  const others = extra.map((_, i) => (i === transparency ? "alpha" : `sample ${colours.length + i}`));
  return {
    names: [...colours, ...others].slice(0, count),
    transparency: transparency < 0 ? -1 : colours.length + transparency,
  };
}

/** What a directory says of the pixels that it describes. */
export interface PageDescription {
  readonly width: number;
  readonly height: number;
  readonly coding: SampleCoding;
  readonly compression: CompressionName;
  readonly predictor: Predictor;
  readonly grid: BlockGrid;
  /** Samples that a block has for each pixel. */
  readonly samples: number;
}

/**
 * How many pages a directory stands for: one for each sample of its pixels where these are channels. Mixed colours, and colours other than red, green and blue whose samples are stored pixel by
 * pixel, are one page, which is refused where it is asked for.
 */
export async function channelsOf(directory: TiffDirectory): Promise<number> {
  const samples = await directory.samplesPerPixel();
  const photometric = await directory.number(262);
  const apart = (await directory.number(284)) === 2;
  const channels = apart
    ? !MIXED_COLOURS.has(photometric ?? 1)
    : photometric !== undefined && photometric <= RGB;
  return channels ? Math.max(1, samples) : 1;
}

/** Width and height; 0 where there are none. */
export async function pageSize(
  directory: TiffDirectory,
): Promise<{ readonly width: number; readonly height: number }> {
  const [width = 0, height = 0] = [await directory.number(256), await directory.number(257)];
  return { width, height };
}

/** Everything that is needed to decode the pixels of a directory; an `InputError` where they are of a kind that is not read. `title` is what messages call the page. */
export async function describePage(directory: TiffDirectory, title: string): Promise<PageDescription> {
  const { width, height } = await pageSize(directory);
  if (!(width > 0 && height > 0)) throw new InputError(`${title} has no pixels`);
  const perPixel = await directory.samplesPerPixel();
  if (perPixel > 1 && (await channelsOf(directory)) === 1) {
    throw new InputError(
      `${title} has ${perPixel} samples per pixel (colours), expected 1, or red, green and blue; convert it to RGB, or split it into channels, first`,
    );
  }
  const compression = compressionNamed((await directory.number(259)) ?? 1, title);
  const coding = await sampleCodingOf(directory, title);
  const predictor = await predictorOf(directory, coding, compression, title);
  const layers = (await directory.number(284)) === 2 ? perPixel : 1;
  const samples = perPixel / layers;
  const [tileWidth, tileHeight] = [await directory.number(322), await directory.number(323)];
  const tiled = tileWidth !== undefined && tileHeight !== undefined;
  const block = tiled
    ? { width: tileWidth, height: tileHeight }
    : { width, height: await rowsPerStrip(directory, height, layers) };
  if (block.width === 0 || block.height === 0) throw new InputError(`${title} has tiles without pixels`);
  const rowBytes = Math.ceil((block.width * samples * coding.bits) / 8);
  const grid: BlockGrid = {
    tiled,
    ...block,
    columns: Math.ceil(width / block.width),
    rows: Math.ceil(height / block.height),
    pageHeight: height,
    rowBytes,
    layers,
  };
  if (compression === "none" && isPacked(coding) && coding.bits > 8 && !tiled) {
    const stated = (await directory.number(279)) ?? 0;
    if (stated >= width * samples * Math.min(block.height, height) * 2) {
      throw new InputError(
        `${title} says that it has ${coding.bits} bits per sample, but has as many bytes as 16 take; convert it to 16 bits first`,
      );
    }
  }
  return { width, height, coding, compression, predictor, grid, samples };
}

/** All rows in one strip unless it is said, or there are more strips. */
async function rowsPerStrip(directory: TiffDirectory, height: number, layers: number): Promise<number> {
  const stated = (await directory.number(278)) ?? 0;
  if (stated > 0) return Math.min(stated, height);
  const strips = Math.floor((directory.entry(273)?.count ?? 1) / layers);
  return Math.ceil(height / Math.max(1, strips));
}

async function predictorOf(
  directory: TiffDirectory,
  { stored, bits }: SampleCoding,
  compression: CompressionName,
  title: string,
): Promise<Predictor> {
  const predictor = (await directory.number(317)) ?? 1;
  if (predictor === 1) return 1;
  const { name, predicts } = COMPRESSIONS[compression];
  const float = stored.startsWith("float");
  const fits =
    predictor === 2 ? bits === 8 || bits === 16 || bits === 32 || bits === 64 : predictor === 3 && float;
  if (predicts && fits) return predictor === 2 ? 2 : 3;
  throw new InputError(
    `${title} has predictor ${predictor} with compression ${name} and ${bits}-bit ${float ? "floats" : "integers"}, which is not read; convert it first, for example with tiffcp -c none`,
  );
}
