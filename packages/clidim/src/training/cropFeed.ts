import type { PixelType, Plane } from "@clidim/imaging";
import { affineOf, type Normalization } from "@clidim/imaging";
import { type Device, evaluate, mul, slice, sub, type Tensor, tensor } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import { type Crop, cropWalk, drawCrop, type TrainingScene } from "../image/crops.js";
import { batchMembers } from "./batchMembers.js";
import { cropPages } from "./cropPages.js";
import type { TrainingBatch } from "./normalizeBatch.js";
import { noiseBins, pageNoise } from "./pageNoise.js";
import { commonPixelType, PixelWords } from "./pixelWords.js";

/** What the device is told of one update. */
export type CropOrder = {
  /** i32 [3 N, 3]: walks over the noisy pages, the clean ones, and the noisy ones again for other captures. */
  readonly walks: Tensor;
  /** Windows of the pages, where the pages themselves are not on the device. */
  readonly noisy?: Tensor;
  readonly clean?: Tensor;
  /** See `TrainingBatch`. */
  readonly scenes?: Tensor;
  readonly corners?: Tensor;
  readonly noise?: Tensor;
  readonly levels?: Tensor;
};

/** Where the batches of a run come from. */
export interface CropFeed {
  /** Draws update `update`, counted from 0. It depends on nothing but the feed and that number. */
  order(update: number): CropOrder;
  /** The batch in network values: to be computed by the compiled step. */
  batch(order: CropOrder): TrainingBatch;
  /** Whether all pages are on the device. */
  readonly resident: boolean;
}

export interface CropFeedOptions {
  readonly configuration: Configuration;
  readonly normalization: Normalization;
  readonly seed: number;
  readonly device: Device;
  /** Bytes of pixels that may stay on the device, default 512 MiB; one kind of page never takes more than a binding. */
  readonly residentBytes?: number;
}

/**
 * Crops of pages that are on the device as they are stored: 8, 16 or 32 bits per pixel. They are cut, turned, mirrored and mapped to network values
 * there, so that an update costs the host a few numbers per crop. Where there are too many pages for that, the host copies the
 * window of each crop, as stored, and the rest is the same; so are the results, bit for bit.
 */
export async function cropFeed(
  scenes: readonly TrainingScene[],
  { configuration, normalization, seed, device, residentBytes = 2 ** 29 }: CropFeedOptions,
): Promise<CropFeed> {
  const { batch, crop: size } = configuration;
  const members = batchMembers(configuration);
  const kinds = {
    noisy: new PageKind(scenes.map(({ noisy }) => noisy)),
    clean: new PageKind(scenes.map(({ clean }) => clean)),
  };
  const { maxStorageBufferBindingSize, maxBufferSize } = device.traits.limits;
  const largest = Math.max(kinds.noisy.byteLength, kinds.clean.byteLength);
  const resident =
    largest <= Math.min(maxStorageBufferBindingSize, maxBufferSize) &&
    kinds.noisy.byteLength + kinds.clean.byteLength <= residentBytes;
  const pages = resident && { noisy: kinds.noisy.tensor(), clean: kinds.clean.tensor() };
  if (pages) await evaluate(pages, { device });

  const noise = members.noise || members.levels ? pageNoise(scenes, normalization) : [];
  const levels = members.levels ? noiseBins(noise, configuration.contrastive.noiseBins) : [];
  /** What `of` says of the pages of the crops, then of those of their other captures. */
  const pagesOf = (
    crops: readonly Crop[],
    of: (scene: number, page: number) => readonly number[],
  ): number[] => [
    ...crops.flatMap(({ scene, page }) => of(scene, page)),
    ...crops.flatMap(({ scene, otherPage }) => of(scene, otherPage)),
  ];

  const order = (update: number): CropOrder => {
    const crops = Array.from({ length: batch }, (_, sample) => drawCrop(scenes, size, seed, update, sample));
    const cuts = {
      noisy: crops.map((crop) => ({ crop, page: crop.page })),
      // One clean page may stand for all noisy ones.
      clean: crops.map((crop) => ({
        crop,
        page: scenes[crop.scene]!.clean.length === 1 ? 0 : crop.page,
      })),
      capture: crops.map((crop) => ({ crop, page: crop.otherPage })),
    };
    const walks = new Int32Array(9 * batch);
    const windows: { noisy?: Tensor; clean?: Tensor } = {};
    if (resident) {
      walks.set([
        ...cuts.noisy.flatMap((cut) => kinds.noisy.walk(cut, size)),
        ...cuts.clean.flatMap((cut) => kinds.clean.walk(cut, size)),
        ...cuts.capture.flatMap((cut) => kinds.noisy.walk(cut, size)),
      ]);
    } else {
      const noisy = members.capture ? [...cuts.noisy, ...cuts.capture] : cuts.noisy;
      windows.noisy = kinds.noisy.windows(noisy, size);
      windows.clean = kinds.clean.windows(cuts.clean, size);
      const inWindow = (crop: Crop, k: number): number[] =>
        walkOf({ ...crop, y: 0, x: 0 }, size, size, k * size * size);
      walks.set([
        ...crops.flatMap(inWindow),
        ...crops.flatMap(inWindow),
        ...crops.flatMap((crop, k) => inWindow(crop, k + batch)),
      ]);
    }
    return {
      walks: tensor(walks, { shape: [3 * batch, 3] }),
      ...windows,
      ...(members.places && {
        scenes: tensor(Int32Array.from(crops, ({ scene }) => scene)),
        corners: tensor(Int32Array.from(crops.flatMap(({ y, x }) => [y, x])), { shape: [batch, 2] }),
      }),
      ...(members.noise && {
        noise: tensor(
          pagesOf(crops, (scene, page) => {
            const { gain, offset } = noise[scene]![page]!;
            return [gain, offset];
          }),
          { shape: [2, batch, 2] },
        ),
      }),
      ...(members.levels && {
        levels: tensor(Int32Array.from(pagesOf(crops, (scene, page) => [levels[scene]![page]!])), {
          shape: [2, batch],
        }),
      }),
    };
  };

  const { low, bound } = normalization;
  const { scale } = affineOf(normalization);
  return {
    resident,
    order,
    batch: ({ walks, scenes: numbers, corners, noise: models, levels: bins, ...windows }) => {
      const images = (kind: "noisy" | "clean", part: number): Tensor => {
        const words = pages ? pages[kind] : windows[kind];
        if (!words) throw new Error(`cropFeed: the order has no ${kind} pixels; it was made by another feed`);
        const walk = slice(walks, [part * batch, 0], [(part + 1) * batch, 3]);
        const grey = cropPages(words, kinds[kind].type, walk, size);
        // Not x * scale + offset: the difference is exact near the black level, which may be far from 0.
        return sub(mul(sub(grey, low), scale), bound);
      };
      return {
        noisy: images("noisy", 0),
        clean: images("clean", 1),
        ...(members.capture && { capture: images("noisy", 2) }),
        ...(numbers && { scenes: numbers }),
        ...(corners && { corners }),
        ...(models && { noise: models }),
        ...(bins && { levels: bins }),
      };
    },
  };
}

interface Cut {
  readonly crop: Crop;
  readonly page: number;
}

/** All noisy pages or all clean ones, scene by scene. */
class PageKind {
  readonly type: PixelType;
  readonly byteLength: number;
  readonly #scenes: readonly (readonly Plane[])[];
  /** The index of each page's first pixel among all. */
  readonly #starts: readonly (readonly number[])[];
  readonly #length: number;

  constructor(scenes: readonly (readonly Plane[])[]) {
    this.#scenes = scenes;
    this.type = commonPixelType(scenes.flat());
    let length = 0;
    this.#starts = scenes.map((pages) =>
      pages.map(({ data }) => {
        const start = length;
        length += data.length;
        return start;
      }),
    );
    this.#length = length;
    this.byteLength = length * { uint8: 1, uint16: 2, int16: 2, float32: 4 }[this.type];
  }

  /** All pixels. */
  tensor(): Tensor {
    const words = new PixelWords(this.type, this.#length);
    this.#scenes.forEach((pages, scene) => {
      for (const [page, { data }] of pages.entries()) words.pixels.set(data, this.#starts[scene]![page]!);
    });
    return words.tensor();
  }

  walk({ crop, page }: Cut, size: number): number[] {
    const { width } = this.#scenes[crop.scene]![page]!;
    return walkOf(crop, width, size, this.#starts[crop.scene]![page]!);
  }

  /** The pixels of each cut, neither turned nor mirrored, `size x size` one after the other. */
  windows(cuts: readonly Cut[], size: number): Tensor {
    const words = new PixelWords(this.type, cuts.length * size * size);
    cuts.forEach(({ crop: { scene, y, x }, page }, k) => {
      const { data, width } = this.#scenes[scene]![page]!;
      for (let row = 0; row < size; row++) {
        const from = (y + row) * width + x;
        words.pixels.set(sliceOf(data, from, from + size), (k * size + row) * size);
      }
    });
    return words.tensor();
  }
}

function walkOf(
  crop: Pick<Crop, "y" | "x" | "turns" | "flip">,
  width: number,
  size: number,
  start: number,
): number[] {
  const { first, alongRows, alongColumns } = cropWalk(crop, width, size);
  return [start + first, alongRows, alongColumns];
}

/** Without a copy where the pixels are a typed array, as those of files are. */
const sliceOf = (data: ArrayLike<number>, from: number, to: number): ArrayLike<number> =>
  "subarray" in data ? (data as Uint8Array).subarray(from, to) : Array.prototype.slice.call(data, from, to);
