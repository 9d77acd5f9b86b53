import {
  blankText,
  cutPage,
  evenlySpread,
  InputError,
  type LazyPage,
  type MeasureOptions,
  measuredPart,
  measureFrames,
  measurePages,
  measureSignal,
  missingPixels,
  type NoiseMeasurement,
  type Plane,
  type Scene,
  type SignalPair,
  sizeText,
} from "@clidim/imaging";
import { imagesAgainstNoise } from "../data/imagesAgainstNoise.js";
import { type LeftOut, leftOutSentence } from "../data/leftOut.js";
import { MissingPlaces, withoutMissing } from "../data/missingPlaces.js";
import { defaultCaptures, refuseChannels, refuseOthersThanCaptures } from "../data/pageAxes.js";
import type { ImageAxes } from "../data/pairing.js";
import { type PageStack, pageName, StackFiles } from "../data/stackFiles.js";
import { namedInput } from "../inference/resultRecord.js";
import { packageVersion } from "../machine/packageVersion.js";

/** A file of several channels is refused unless one is chosen. */
export interface MeasureNoiseOptions extends ImageAxes {
  /** Images whose noise is wanted: paths with optional page ranges. With `calibration` they may be left out, and are else compared with what was measured. */
  readonly files: readonly string[];
  /** Frames of still scenes on which the noise is measured in place of the files, a scene in each file, or one frame. */
  readonly calibration?: readonly string[];
  /** The files are repeated frames of still scenes, as `calibration`. Default false. */
  readonly static?: boolean;
  /** What the files should look like, such as denoised ones, file by file and page by page. */
  readonly signal?: readonly string[];
  /** Frames without light, beside frames of still scenes. */
  readonly dark?: readonly string[];
  /** The grey value without light, where it is known. */
  readonly black?: number;
}

/** A signal that ends a measurement, and what is told how far it is. */
export type MeasureNoiseHooks = Pick<MeasureOptions, "signal" | "onProgress">;

/** Of a file of single images at most so many are looked at, evenly spread. */
const PAGES = 32;

/**
 * Measures the noise of images: on frames of still scenes (`calibration`, `static`), beside signals (`signal`), or on the images alone. Files of one page each are together the frames of one scene. Warnings of the measurement say what speaks against
 * it, and where images differ from the calibration. Of pages that are measured together the largest part without missing pixels (NaN, or `nodata`) is used, or a few are filled, see `withoutMissing`, and pages without any other pixels are left out; the warnings say so. `InputError`s: options that exclude each other,
 * files that cannot be used, several channels, pages that are no captures of one scene, more missing pixels.
 */
export async function measureNoiseFiles(
  options: MeasureNoiseOptions,
  hooks: MeasureNoiseHooks = {},
): Promise<NoiseMeasurement> {
  const { files, calibration, signal, dark, black } = options;
  checkOptions(options);
  const { captures = defaultCaptures, ...selection } = options;
  const axes = {
    channel: selection.channel,
    z: selection.z,
    t: selection.t,
    nodata: selection.nodata,
  };
  const opened = new StackFiles();
  const open = async (names: readonly string[]): Promise<PageStack[]> => {
    const stacks: PageStack[] = [];
    for (const name of names) {
      const stack = await opened.open(name, axes, undefined, "keep");
      refuseChannels(stack, captures);
      stacks.push(stack);
    }
    return stacks;
  };
  const scenes = async (names: readonly string[]): Promise<Scene[]> => {
    const stacks = await open(names);
    for (const stack of stacks) {
      refuseOthersThanCaptures(stack, captures, "the noise is what differs between captures of one scene");
    }
    const found: Scene[] = [];
    for (const { name, frames } of joined(stacks)) {
      const { nodata } = stacks[0]!;
      found.push({ name, frames: (await present({ name, nodata }, frames)).flatMap(({ pages }) => pages) });
    }
    return found;
  };
  const left: string[] = [];
  /** The same part of all pages that are measured together (`measuredPart`), without missing pixels. Those without any other pixels are left out, with what goes with them. */
  const present = async (
    { name, nodata }: Pick<PageStack, "name" | "nodata">,
    all: readonly NamedPages[],
  ): Promise<readonly NamedPages[]> => {
    const first = all[0]!.pages[0]!;
    // Others than of one size are refused where they are measured.
    const isOther = (page: LazyPage): boolean => page.width !== first.width || page.height !== first.height;
    if (all.some(({ pages }) => pages.some(isOther))) return all;
    const part = await measuredPart(all.map(({ pages }) => pages[0]!));
    const whole = part.width === first.width && part.height === first.height;
    const parts = whole
      ? all
      : all.map(({ name: own, pages }) => ({ name: own, pages: pages.map((page) => cutPage(page, part)) }));
    const missing = new MissingPlaces({ ...part, nodata });
    const kept: NamedPages[] = [];
    const empty: LeftOut[] = [];
    for (const one of parts) {
      const planes: Plane[] = [];
      for (const page of one.pages) {
        if (page.dtype !== "float32") continue;
        hooks.signal?.throwIfAborted();
        planes.push(await page.read());
      }
      const gone = planes.find((plane) => missingPixels(plane)?.every((one) => one === 1));
      if (gone) {
        empty.push({ name: one.name, text: blankText(gone) });
      } else {
        kept.push(one);
        for (const plane of planes) missing.add(plane);
      }
    }
    if (kept.length === 0) {
      throw new InputError(`${name}: all pixels of all pages are ${missing.what}, which tells nothing`, {
        file: name,
      });
    }
    const leftOut = leftOutSentence(empty);
    if (leftOut !== undefined) left.push(leftOut);
    const { change, sentence } = withoutMissing(whole ? name : `a part of ${name}`, missing);
    if (sentence !== undefined) left.push(sentence);
    return kept.map((one) => ({ name: one.name, pages: one.pages.map(change) }));
  };
  const measuring = { ...hooks, ...(black !== undefined && { black }) };
  try {
    const stills = calibration ?? (options.static ? files : undefined);
    let measurement: NoiseMeasurement;
    if (stills) {
      measurement = await measureFrames(await scenes(stills), {
        ...measuring,
        ...(dark && { dark: await scenes(dark) }),
      });
      if (calibration && files.length > 0) {
        const images = (await open(files)).flatMap((stack) =>
          stack.pages.map((page, i) => ({ name: pageName(stack, i), page })),
        );
        const found = await imagesAgainstNoise(measurement, images);
        measurement = { ...measurement, warnings: [...measurement.warnings, ...found] };
      }
    } else if (signal) {
      const pairs: SignalPair[] = [];
      for (const { stack, other } of paired(await open(files), await open(signal))) {
        const both = namedPages(stack).map(({ name, pages }, i) => ({
          name,
          pages: [...pages, other.pages[i]!],
        }));
        for (const { name, pages } of await present(stack, both)) {
          pairs.push({ name, noisy: pages[0]!, signal: pages[1]! });
        }
      }
      measurement = await measureSignal(pairs, measuring);
    } else {
      const images: Scene[] = [];
      for (const stack of await open(files)) {
        const pages = namedPages(stack);
        const some = evenlySpread(Math.min(PAGES, pages.length), pages.length).map((page) => pages[page]!);
        const frames = (await present(stack, some)).flatMap((one) => one.pages);
        images.push({ name: stack.name, frames });
      }
      measurement = await measurePages(images, measuring);
    }
    if (!(measurement.gain > 0 || measurement.offset > 0)) {
      const names = (calibration ?? files).map(namedInput).join(", ");
      throw new InputError(
        `${names}: there is no noise to be seen (gain ${measurement.gain}, offset ${measurement.offset}); give images as the camera made them, not copies of one frame or denoised ones`,
      );
    }
    return {
      ...measurement,
      warnings: [...left, ...measurement.warnings],
      provenance: {
        software: `clidim ${packageVersion(import.meta.url)}`,
        files: (calibration ?? files).map(namedInput),
        ...(dark && { dark: dark.map(namedInput) }),
        ...(signal && { signals: signal.map(namedInput) }),
      },
    };
  } finally {
    await opened.close();
  }
}

function checkOptions({ files, calibration, signal, dark, black, ...options }: MeasureNoiseOptions): void {
  const ways = [
    ...(calibration ? ["calibration"] : []),
    ...(options.static ? ["static"] : []),
    ...(signal ? ["signal"] : []),
  ];
  if (ways.length > 1) {
    throw new InputError(`${ways.join(" and ")} exclude each other; give one of them`, { keys: ways });
  }
  if (options.captures && !calibration && !options.static) {
    throw new InputError(
      "captures say which pages are repeated frames of a still scene, and single images are measured here; leave them out, or give calibration or static",
      { keys: ["captures"] },
    );
  }
  if (files.length === 0 && !calibration) {
    throw new InputError("expected images, or calibration frames, to measure the noise of; got none");
  }
  if (dark && !calibration && !options.static) {
    throw new InputError(
      "dark frames go with frames of still scenes; without these give the grey value without light (black)",
      { keys: ["dark"] },
    );
  }
  if (dark && black !== undefined) {
    throw new InputError("dark frames tell the grey value without light themselves; leave out black", {
      keys: ["dark", "black"],
    });
  }
}

/** A scene for each stack; of stacks of one page each, one scene with a frame of each. */
function joined(stacks: readonly PageStack[]): { readonly name: string; readonly frames: NamedPages[] }[] {
  if (stacks.length < 2 || stacks.some(({ pages }) => pages.length > 1)) {
    return stacks.map((stack) => ({ name: stack.name, frames: namedPages(stack) }));
  }
  const first = stacks[0]!;
  const other = stacks.find(({ width, height }) => width !== first.width || height !== first.height);
  if (other) {
    throw new InputError(
      `${first.name} is ${sizeText(first)} pixels and ${other.name} ${sizeText(other)}; expected frames of one scene to have one size`,
      { file: other.name },
    );
  }
  return [{ name: `${first.name} and ${stacks.length - 1} more`, frames: stacks.flatMap(namedPages) }];
}

/** A page, or a noisy one and its signal, and what messages call it. */
interface NamedPages {
  readonly name: string;
  readonly pages: readonly LazyPage[];
}

const namedPages = (stack: PageStack): NamedPages[] =>
  stack.pages.map((page, i) => ({ name: pageName(stack, i), pages: [page] }));

function paired(
  stacks: readonly PageStack[],
  signals: readonly PageStack[],
): { readonly stack: PageStack; readonly other: PageStack }[] {
  const counts = (list: readonly PageStack[]): string => list.map(({ pages }) => pages.length).join(", ");
  if (counts(stacks) !== counts(signals)) {
    throw new InputError(
      `expected a signal for each image, got ${stacks.length} files with ${counts(stacks)} pages and ${signals.length} signals with ${counts(signals)}`,
      { keys: ["signal"] },
    );
  }
  return stacks.map((stack, file) => ({ stack, other: signals[file]! }));
}
