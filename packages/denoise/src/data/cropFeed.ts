import { affineOf, type LazyPage, type Normalization } from "@clidim/imaging";
import {
  add,
  concat,
  type Executor,
  evaluate,
  mean,
  mul,
  slice,
  sub,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import type { TrainingBatch } from "../protocol/batch.js";
import type { TrainedMethod } from "../protocol/method.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import { cropPages } from "./cropPages.js";
import { type Crop, drawCrop, type TrainingScene, withoutQuarterTurn } from "./crops.js";
import { withoutGroup } from "./frameGroups.js";
import { PageKind, walkOf } from "./pageKind.js";
import { noiseBins, pageNoise } from "./pageNoise.js";

/** What the device is told of one update. */
export type CropOrder = {
  /**
   * i32 [3 N, 3]: walks over the noisy pages, the clean ones, and the noisy ones again for other captures. Where there are no clean pages, i32 [2 N, 3]: the first and
   * the last of these. With several frames there are N walks over noisy pages for each of them.
   */
  readonly walks: Tensor;
  /** Windows of the pages, where the pages themselves are not on the device. */
  readonly noisy?: Tensor;
  readonly clean?: Tensor;
  /** With several frames, f32 [N, 1, 1, 1]: see `withoutGroup`. */
  readonly parts?: Tensor;
  /** See `TrainingBatch`. */
  readonly scenes?: Tensor;
  readonly corners?: Tensor;
  readonly noise?: Tensor;
  readonly levels?: Tensor;
};

/** Where the batches of a run come from. */
export interface CropFeed {
  /** Draws update `update`, counted from 0, and reads its windows where the pages are not on the device. It depends on nothing but the feed and that number. */
  order(update: number): Promise<CropOrder>;
  /** The batch in network values: to be computed by the compiled step. */
  batch(order: CropOrder): TrainingBatch;
  /** Whether all pages are on the device. */
  readonly resident: boolean;
}

export interface CropFeedOptions<C extends RunConfiguration = RunConfiguration> {
  readonly method: Pick<TrainedMethod<C>, "target" | "members" | "noiseAxis">;
  readonly configuration: C;
  readonly normalization: Normalization;
  readonly seed: number;
  readonly device: Executor;
  /** What `pageNoise` says of the scenes, where it is known already. */
  readonly noise?: Awaited<ReturnType<typeof pageNoise>>;
  /** Bytes of pixels that may stay on the device, default 512 MiB; one kind of page never takes more than a binding. */
  readonly residentBytes?: number;
}

/**
 * Crops of pages that are on the device as they are stored: 8, 16 or 32 bits per pixel. They are cut, turned, mirrored and mapped to network values
 * there, so that an update costs the host a few numbers per crop. Where there are too many pages for that, the host reads the
 * window of each crop, as stored, and the rest is the same; so are the results, bit for bit. Only then are pages read after the feed was made.
 */
export async function cropFeed<C extends RunConfiguration>(
  scenes: readonly TrainingScene[],
  {
    method,
    configuration,
    normalization,
    seed,
    device,
    noise: known,
    residentBytes = 2 ** 29,
  }: CropFeedOptions<C>,
): Promise<CropFeed> {
  const { batch, crop: size } = configuration;
  const frames = framesOf(configuration);
  const members = method.members(configuration);
  const keepsAxis = method.noiseAxis?.(configuration) !== undefined;
  if (method.target === "capture" && members.capture !== "other" && members.capture !== "next") {
    throw new Error(
      `cropFeed: a method whose target is another capture must ask for an "other" one or the "next", got ${JSON.stringify(members.capture)}; the same one would teach it to change nothing`,
    );
  }
  const kinds: { readonly noisy: PageKind; readonly clean?: PageKind } = {
    noisy: new PageKind(scenes.map(({ noisy }) => noisy)),
    ...(method.target === "clean" && { clean: new PageKind(scenes.map(cleanPages)) }),
  };
  /** Which part of the walks each kind of crop has. */
  const parts = { noisy: 0, clean: frames, capture: kinds.clean ? frames + 1 : frames };
  const cleanBytes = kinds.clean?.byteLength ?? 0;
  const largest = Math.max(kinds.noisy.byteLength, cleanBytes);
  const resident =
    largest <= device.limits.valueBytes && kinds.noisy.byteLength + cleanBytes <= residentBytes;
  const pages: { readonly noisy: Tensor; readonly clean?: Tensor } | undefined = resident
    ? { noisy: await kinds.noisy.tensor(), ...(kinds.clean && { clean: await kinds.clean.tensor() }) }
    : undefined;
  if (pages) await evaluate(pages, { device });

  const noise = members.noise || members.levels ? (known ?? (await pageNoise(scenes, normalization))) : [];
  const levels = members.levels ? noiseBins(noise, members.levels) : [];
  /** Whether clean pages have the captures in them that a network sees, which are taken out. */
  const averaged = kinds.clean && frames > 1 && scenes.some(({ averageOf }) => averageOf !== undefined);
  /** Gain and offset of some pages of a scene, in the mean. */
  const noiseOf = (scene: number, pages: readonly number[]): number[] =>
    (["gain", "offset"] as const).map(
      (member) => pages.reduce((sum, one) => sum + noise[scene]![one]![member], 0) / pages.length,
    );

  const order = async (update: number): Promise<CropOrder> => {
    const crops = Array.from({ length: batch }, (_, sample) => {
      const crop = drawCrop(scenes, size, seed, update, sample, members.capture || "any", frames);
      return keepsAxis ? withoutQuarterTurn(crop) : crop;
    });
    const cuts = {
      noisy: Array.from({ length: frames }, (_, k) =>
        crops.map((crop) => ({ crop, page: crop.frames[k]! })),
      ).flat(),
      // One clean page may stand for all noisy ones.
      clean: crops.map((crop) => ({
        crop,
        page: scenes[crop.scene]!.clean?.length === 1 ? 0 : crop.page,
      })),
      capture: crops.map((crop) => ({ crop, page: crop.otherPage })),
    };
    const walks: number[] = [];
    const windows: { noisy?: Tensor; clean?: Tensor } = {};
    if (resident) {
      for (const cut of cuts.noisy) walks.push(...kinds.noisy.walk(cut, size));
      if (kinds.clean) for (const cut of cuts.clean) walks.push(...kinds.clean.walk(cut, size));
      for (const cut of cuts.capture) walks.push(...kinds.noisy.walk(cut, size));
    } else {
      const noisy = members.capture ? [...cuts.noisy, ...cuts.capture] : cuts.noisy;
      windows.noisy = await kinds.noisy.windows(noisy, size);
      if (kinds.clean) windows.clean = await kinds.clean.windows(cuts.clean, size);
      const inWindow = (crop: Crop, k: number): number[] =>
        walkOf({ ...crop, y: 0, x: 0 }, size, size, k * size * size);
      walks.push(...cuts.noisy.flatMap(({ crop }, k) => inWindow(crop, k)));
      if (kinds.clean) walks.push(...crops.flatMap(inWindow));
      walks.push(...crops.flatMap((crop, k) => inWindow(crop, k + frames * batch)));
    }
    return {
      walks: tensor(Int32Array.from(walks), { shape: [walks.length / 3, 3] }),
      ...windows,
      ...(averaged && {
        parts: tensor(
          Float32Array.from(crops, ({ scene }) => withoutGroup(scenes[scene]!.averageOf, frames)),
          { shape: [batch, 1, 1, 1] },
        ),
      }),
      ...(members.places && {
        scenes: tensor(Int32Array.from(crops, ({ scene }) => scene)),
        corners: tensor(Int32Array.from(crops.flatMap(({ y, x }) => [y, x])), { shape: [batch, 2] }),
      }),
      ...(members.noise && {
        noise: tensor(
          [
            ...crops.flatMap(({ scene, frames: pages }) => noiseOf(scene, pages)),
            ...crops.flatMap(({ scene, otherPage }) => noiseOf(scene, [otherPage])),
          ],
          { shape: [2, batch, 2] },
        ),
      }),
      ...(members.levels && {
        levels: tensor(
          Int32Array.from([
            ...crops.map(({ scene, page }) => levels[scene]![page]!),
            ...crops.map(({ scene, otherPage }) => levels[scene]![otherPage]!),
          ]),
          { shape: [2, batch] },
        ),
      }),
    };
  };

  const { low, bound, centre = 0 } = normalization;
  const { scale } = affineOf(normalization);
  return {
    resident,
    order,
    batch: ({
      walks,
      parts: ofGroups,
      scenes: numbers,
      corners,
      noise: models,
      levels: bins,
      ...windows
    }) => {
      const images = (kind: "noisy" | "clean", part: number): Tensor => {
        const words = pages ? pages[kind] : windows[kind];
        const type = kinds[kind]?.type;
        if (!words || !type)
          throw new Error(`cropFeed: the order has no ${kind} pixels; it was made by another feed`);
        const walk = slice(walks, [part * batch, 0], [(part + 1) * batch, 3]);
        const grey = cropPages(words, type, walk, size);
        // Not x * scale + offset: the difference is exact near the black level, which may be far from 0.
        return sub(mul(sub(grey, low), scale), bound - centre);
      };
      const captures = Array.from({ length: frames }, (_, k) => images("noisy", parts.noisy + k));
      const noisy = frames > 1 ? concat(captures, 3) : captures[0]!;
      const clean = (): Tensor => {
        const truth = images("clean", parts.clean);
        if (!ofGroups) return truth;
        return add(truth, mul(sub(truth, mean(noisy, 3, { keepDims: true })), ofGroups));
      };
      return {
        noisy,
        ...(kinds.clean && { clean: clean() }),
        ...(members.capture && { capture: images("noisy", parts.capture) }),
        ...(numbers && { scenes: numbers }),
        ...(corners && { corners }),
        ...(models && { noise: models }),
        ...(bins && { levels: bins }),
      };
    },
  };
}

/** The clean pages of a scene, which a method whose target they are cannot do without. */
function cleanPages({ name, clean }: TrainingScene): readonly LazyPage[] {
  if (!clean) throw new Error(`cropFeed: ${name} has no clean pages, which the method is trained towards`);
  return clean;
}
