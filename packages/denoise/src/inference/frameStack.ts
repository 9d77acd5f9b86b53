import {
  type ImageMetadata,
  type ImageSource,
  InputError,
  type LazyPage,
  type LazyStack,
  lazyStack,
  type MissingPolicy,
  meanImage,
  pageCountOf,
  pagesOf,
  planarSource,
} from "@clidim/imaging";
import { meanOfFrames } from "../data/noisyPlane.js";

/** How captures of one image lie in files: so many behind each other along an axis. */
export interface FrameGroups {
  /** 1: each page is an image by itself. */
  readonly count: number;
  readonly axis: "T" | "Z";
}

/** A stack whose pages may be means of several captures, which a network sees at once: pages that are read have these as `frames`. */
export interface FrameStack extends LazyStack {
  readonly captures?: {
    readonly groups: FrameGroups;
    /** All captures, as they are in the file. */
    readonly stack: LazyStack;
    /** Those that a page is the mean of. */
    pagesOf(page: number): LazyPage[];
  };
}

/**
 * A file of captures as a stack of their means, each of `count` that lie behind each other along an axis, of which the result has as many times fewer. Its other axes, names of channels and the size of pixels
 * are those of the file; what the file says of single planes is of none of the means, and is left out, as are captures at the end that make no group: notes tell of both. An `InputError` where there is
 * no such axis, or not one group.
 */
export function frameStack(stack: LazyStack, groups: FrameGroups): FrameStack {
  if (groups.count === 1) return stack;
  const { name, source, width, height } = stack;
  const { count, axis } = groups;
  const { sparse, unnamed, positions } = source.metadata;
  const wanted = `the model sees ${count} captures of an image at once, which lie along ${axis}`;
  const problem = sparse
    ? "its pages are no block along its axes"
    : unnamed
      ? "its axes have no names"
      : positions
        ? "it shows several positions one after the other"
        : undefined;
  if (problem !== undefined) {
    throw new InputError(`${name}: ${wanted}, but ${problem}; choose pages along one axis`, {
      keys: ["captures", "t", "z"],
    });
  }
  const at = source.axes.indexOf(axis);
  const extent = at < 0 ? 1 : source.shape[at]!;
  if (extent < count) {
    const there = source.axes.slice(0, -2).map((one, i) => `${one} ${source.shape[i]}`);
    throw new InputError(
      `${name}: ${wanted}, but its axes are ${there.length > 0 ? there.join(", ") : "Y, X"}; give stacks of at least ${count} captures, or say along which axis they lie`,
      { keys: ["captures", "model"] },
    );
  }
  const shape = source.shape.with(at, Math.floor(extent / count));
  /** The planes within one index of the axis. */
  const inner = source.shape.slice(at + 1, -2).reduce((a, b) => a * b, 1);
  const groupOf = (page: number, missing: MissingPolicy = "keep"): LazyPage[] => {
    const captures = pagesOf(stack, missing);
    const [within, group] = [page % inner, Math.floor(page / inner) % shape[at]!];
    const outer = Math.floor(page / inner / shape[at]!);
    return Array.from(
      { length: count },
      (_, k) => captures[(outer * extent + group * count + k) * inner + within]!,
    );
  };
  const means = planarSource({
    ...{ format: source.format, name: source.name, axes: source.axes, shape, dtype: "float32" },
    chunks: source.chunks.map((chunk, i) => (i < source.chunks.length - 2 ? 1 : chunk)),
    metadata: metadataOfMeans(source, groups),
    readPlane: async (index, window) => {
      const planes = await Promise.all(groupOf(index).map((page) => page.read(window)));
      return meanImage(planes).data;
    },
    close: () => stack.close(),
  });
  return {
    ...lazyStack(means),
    ...{ name, width, height, dtype: stack.dtype, pageCount: pageCountOf(means) },
    captures: { groups, stack, pagesOf: groupOf },
    readPage: async (index, { window, missing } = {}) => {
      const planes = await Promise.all(groupOf(index, missing).map((page) => page.read(window)));
      return meanOfFrames(planes);
    },
  };
}

/** The captures that a page of a stack is the mean of, or the page. */
export function framesOfPage(stack: FrameStack, page: number): LazyPage[] {
  return stack.captures?.pagesOf(page) ?? [pagesOf(stack, "keep")[page]!];
}

/** What is true of the means, of what a file says of its captures. */
function metadataOfMeans(
  { metadata, shape, axes }: ImageSource,
  { count, axis }: FrameGroups,
): ImageMetadata {
  const {
    calibration,
    channels,
    channelColours,
    displayRanges,
    transparency,
    nodata,
    text,
    notes = [],
    own,
  } = metadata;
  const step = calibration?.[axis];
  const extent = shape[axes.indexOf(axis)]!;
  const left = extent % count;
  return {
    ...(calibration && {
      calibration: { ...calibration, ...(step && { [axis]: { ...step, step: step.step * count } }) },
    }),
    ...(channels && { channels }),
    ...(channelColours && { channelColours }),
    ...(displayRanges && { displayRanges }),
    ...(transparency !== undefined && { transparency }),
    ...(nodata !== undefined && { nodata }),
    ...(text !== undefined && { text }),
    notes: [
      ...notes,
      `each page of the result is made of ${count} captures along ${axis}${leftText(left, extent)}`,
      ...(own ? ["what it says of single captures is not kept, as results are of several"] : []),
    ],
  };
}

function leftText(left: number, extent: number): string {
  if (left === 0) return "";
  return left === 1
    ? `; the last of ${extent} makes no group, and is not used`
    : `; the last ${left} of ${extent} make no group, and are not used`;
}
