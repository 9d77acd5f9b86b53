import {
  type Axis,
  type ImageMetadata,
  type ImageSource,
  type ImageWriter,
  type PixelType,
  pixelArray,
} from "@clidim/imaging";
import { checkFreeSpace } from "@clidim/imaging/node";
import type { FileChannel } from "./fileChannels.js";
import type { PlannedFile } from "./planFiles.js";
import { writePage } from "./writePage.js";

/** How the samples of all pages of an image lie in one stack. */
export interface SampleStack {
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  readonly metadata: ImageMetadata;
  /** What each page of the stack is, in its order. */
  pages(): Iterable<{ readonly page: number; readonly sample: number }>;
}

/**
 * Samples have an axis of their own, of those that files know: T, where the image has times Z, which then comes right behind these. Where it has both, its times are there once for each sample, those of the first sample first. Other
 * axes stay, and what is said of them: names of channels, sizes of pixels, displayed ranges. The text says which axis is that of the samples. What a file says of single planes is of none of the samples, and is left out.
 */
export function sampleStack(
  { axes, shape, metadata }: Pick<ImageSource, "axes" | "shape" | "metadata">,
  samples: number,
): SampleStack {
  const time = axes.indexOf("T");
  const own = time < 0 ? "T" : axes.includes("Z") ? undefined : "Z";
  /** Of the axes that are slower than the samples. */
  const slower = own === undefined ? time : time + 1;
  const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);
  const [outer, inner] = [product(shape.slice(0, slower)), product(shape.slice(slower, -2))];
  const along = own === undefined ? `along T, each with its ${shape[time]} times` : `along ${own}`;
  return {
    axes: own === undefined ? axes : axes.toSpliced(slower, 0, own),
    shape: own === undefined ? shape.with(time, shape[time]! * samples) : shape.toSpliced(slower, 0, samples),
    metadata: metadataOfSamples(metadata, own ?? "T", `${samples} samples of each page, ${along}`),
    *pages() {
      for (let before = 0; before < outer; before++) {
        for (let sample = 0; sample < samples; sample++) {
          for (let within = 0; within < inner; within++) yield { page: before * inner + within, sample };
        }
      }
    },
  };
}

/** Without the steps of the axis that the samples are along, and with a text that says which this is. */
function metadataOfSamples(
  { calibration = {}, channels, channelColours, displayRanges, transparency, nodata, text }: ImageMetadata,
  along: Axis,
  said: string,
): ImageMetadata {
  const steps = Object.entries(calibration).filter(([axis]) => axis !== along);
  return {
    ...(steps.length > 0 && { calibration: Object.fromEntries(steps) }),
    ...(channels && { channels }),
    ...(channelColours && { channelColours }),
    ...(displayRanges && { displayRanges }),
    ...(transparency !== undefined && { transparency }),
    ...(nodata !== undefined && { nodata }),
    text: text === undefined ? said : `${text}\n${said}`,
  };
}

export interface WriteSamplesOptions {
  /** Of the pages of the image. */
  readonly dtype: PixelType;
  readonly largestPage: number;
  /** Is told the samples of pages done so far, in parts. */
  readonly onPart: (samples: number, file: string) => void;
}

/** Writes the samples of all pages of an image; a page without a denoiser, or in which nothing is to be seen, is as it is in each. `index` is that of a page along its channel. */
export async function writeSamples(
  stack: SampleStack,
  pages: readonly (Pick<FileChannel, "stack" | "denoiser"> & { readonly index: number })[],
  writer: ImageWriter,
  { dtype, largestPage, onPart }: WriteSamplesOptions,
): Promise<void> {
  let done = 0;
  for (const { page, sample } of stack.pages()) {
    const { stack: source, denoiser, index } = pages[page]!;
    const told = (part: number): void => onPart(done + part, source.name);
    const options = { dtype, largestPage, onPart: told };
    await writePage(source, index, denoiser?.sample?.(sample), { result: writer, map: undefined }, options);
    if (!denoiser) continue;
    told(1);
    done++;
  }
}

/** An `InputError` where the samples of all files do not fit where `out` is, or is going to be. Of formats that compress them they may take less. */
export async function checkSampleSpace(
  out: string,
  samples: number,
  files: readonly Pick<PlannedFile, "pixels" | "dtype">[],
): Promise<void> {
  const bytes = files.reduce(
    (sum, { pixels, dtype }) => sum + pixels * samples * pixelArray(dtype, 0).BYTES_PER_ELEMENT,
    0,
  );
  await checkFreeSpace(
    out,
    bytes,
    samples === 1 ? "the sample of each page" : `${samples} samples of each page`,
    ["samples", "out"],
  );
}
