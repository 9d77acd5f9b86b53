import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  DenoisedImage,
  DenoiseRequest,
  Engine,
  JobProgress,
  ModelChoice,
  NamedBlob,
} from "../../engine/engine.js";
import type { Layer, Painter } from "../../engine/painter.js";
import { type Failure, failureOf } from "./failure.js";
import type { Images } from "./images.js";
import { latecomer } from "./latecomer.js";
import { savingTime } from "./savingTime.js";
import { withSentence } from "./withSentence.js";

export type DenoiseChoice = DenoiseRequest["by"];

export interface DenoiseJob {
  readonly job: string;
  readonly image: string;
  readonly phase: string;
  readonly warnings: readonly string[];
  readonly stopping: boolean;
  readonly progress?: JobProgress;
  /** What is looked at, before the rest. */
  readonly preview?: Layer;
}

export interface Denoising {
  readonly choice: Signal<DenoiseChoice>;
  /** Takes a choice that is still to come, unless another is taken until then. */
  chooseLater(coming: Promise<DenoiseChoice | undefined>): Promise<void>;
  /** The model that was chosen last. */
  readonly lastModel: ReadonlySignal<ModelChoice | undefined>;
  readonly uncertainty: Signal<boolean>;
  /** Whether models take images in their own range of grey values. */
  readonly ownRange: Signal<boolean>;
  /** Whether that is to be chosen: a model has found the grey values of the image that is looked at unlike those of its training. */
  readonly offersOwnRange: ReadonlySignal<boolean>;
  readonly running: ReadonlySignal<DenoiseJob | undefined>;
  /** Why images were not denoised the last time, by their ids. */
  readonly failures: ReadonlySignal<ReadonlyMap<string, Failure>>;
  /** That of the image that is looked at. */
  readonly failure: ReadonlySignal<Failure | undefined>;
  /** Forgets it. */
  dismiss(): void;
  /** The latest result of the image that is looked at. */
  readonly result: ReadonlySignal<DenoisedImage | undefined>;
  /** `hasMap`: the model that is chosen can give one. */
  start(visible: NonNullable<DenoiseRequest["visible"]>, hasMap: boolean): Promise<void>;
  stop(): Promise<void>;
  /** Whether a result of an open image was not saved yet. */
  readonly unsaved: ReadonlySignal<boolean>;
  /** What was made of an image and not saved yet, in words: its result, else the map that was asked for beside it. A report can be had again. */
  unsavedOf(image: string): string | undefined;
  /** That a file of a result was handed to the browser's downloads: it stays for as long as these may read it. */
  saved(file: NamedBlob): void;
  /** Forgets what was made of an image. */
  forget(image: string): void;
}

export function createDenoising(engine: Engine, painter: Painter, images: Images): Denoising {
  const choice = signal<DenoiseChoice>({ kind: "automatic" });
  const uncertainty = signal(false);
  const ownRange = signal(false);
  /** Images that were said to have other grey values than a model was trained on, by their ids. */
  const otherRange = signal<ReadonlySet<string>>(new Set());
  const offersOwnRange = computed(
    () =>
      choice.value.kind === "model" &&
      (ownRange.value || otherRange.value.has(images.current.value?.id ?? "")),
  );
  const running = signal<DenoiseJob | undefined>(undefined);
  const failures = signal<ReadonlyMap<string, Failure>>(new Map());
  const failure = computed(() => failures.value.get(images.current.value?.id ?? ""));
  const lastModel = signal<ModelChoice | undefined>(undefined);
  const results = signal<ReadonlyMap<string, DenoisedImage>>(new Map());
  const result = computed(() => results.value.get(images.current.value?.id ?? ""));
  const kept = signal<ReadonlySet<NamedBlob>>(new Set());
  /** Until when files may be read that are being saved. */
  const saving = new WeakMap<NamedBlob, number>();
  const unsavedOf = (image: string): string | undefined => {
    const made = results.value.get(image);
    if (!made) return undefined;
    if (!kept.value.has(made.file)) return "result";
    const map = made.uncertainty;
    return map && !kept.value.has(map.file) ? `map of ${map.kind}` : undefined;
  };
  const unsaved = computed(() => [...results.value.keys()].some((image) => unsavedOf(image) !== undefined));
  let jobs = 0;

  effect(() => {
    const by = choice.value;
    if (by.kind === "model") lastModel.value = "run" in by ? { run: by.run } : { model: by.model };
  });

  function fail(image: string, error: unknown): void {
    const failed = error === undefined ? undefined : failureOf(error);
    const rest = [...failures.value].filter(([id]) => id !== image);
    failures.value = new Map(failed ? [...rest, [image, failed]] : rest);
    if (failed?.keys?.includes("normalization")) otherRange.value = new Set([...otherRange.value, image]);
  }

  const change = (job: string, changes: Partial<DenoiseJob>): void => {
    if (running.value?.job === job) running.value = { ...running.value, ...changes };
  };

  function keep(image: string, made: DenoisedImage | undefined): void {
    const before = results.value.get(image);
    const rest = [...results.value].filter(([id]) => id !== image);
    results.value = new Map(made ? [...rest, [image, made]] : rest);
    if (made?.otherRange) otherRange.value = new Set([...otherRange.value, image]);
    if (!before) return;
    const { image: old, file, uncertainty: map } = before;
    const ids = [old.id, ...(map ? [map.image.id] : [])];
    // What is left behind of an old result is the engine's to remove; there is nothing for the user to do.
    for (const id of ids) void painter.forget(id).catch(() => undefined);
    const close = (): void => {
      for (const id of ids) void engine.close(id).catch(() => undefined);
    };
    // Its files go with the images, and what is being saved reads them. A map lies beside its result.
    const wait = Math.max(...[file, map?.file].map((one) => (one && saving.get(one)) ?? 0)) - Date.now();
    if (wait > 0) setTimeout(close, wait);
    else close();
  }

  return {
    choice,
    chooseLater: latecomer(choice),
    lastModel,
    uncertainty,
    ownRange,
    offersOwnRange,
    running,
    failures,
    failure,
    dismiss: () => fail(images.current.value?.id ?? "", undefined),
    result,
    start: async (visible, hasMap) => {
      const image = images.current.value;
      if (!image || running.value) return;
      jobs++;
      const job = `denoise-${jobs}`;
      batch(() => {
        fail(image.id, undefined);
        running.value = {
          job,
          image: image.id,
          phase: "Looking at the image",
          warnings: [],
          stopping: false,
        };
      });
      try {
        const made = await engine.denoise(
          {
            job,
            image: image.id,
            by: choice.value,
            visible,
            ...(uncertainty.value && hasMap && { uncertainty: true }),
            ...(ownRange.value && offersOwnRange.value && { normalization: "image" }),
          },
          {
            onPhase: (phase) => change(job, { phase }),
            onWarning: (sentence) =>
              change(job, { warnings: withSentence(running.value?.warnings ?? [], sentence) }),
            onPreview: ({ place, region, ...pixels }) => {
              const plane = { image: job, place, region };
              const { data: _pixels, ...facts } = pixels;
              painter.keep(plane, pixels).then(
                () => change(job, { preview: { plane, facts, region } }),
                // The result is still to come.
                () => undefined,
              );
            },
            onProgress: (progress) => change(job, { progress }),
          },
        );
        batch(() => {
          running.value = undefined;
          keep(image.id, made);
          // The image was closed meanwhile: so is what was made of it.
          if (!images.list.value.some(({ id }) => id === image.id)) keep(image.id, undefined);
        });
      } catch (error) {
        batch(() => {
          running.value = undefined;
          fail(image.id, error);
        });
      } finally {
        void painter.forget(job).catch(() => undefined);
      }
    },
    stop: async () => {
      if (!running.value) return;
      const { job, image } = running.value;
      change(job, { stopping: true });
      try {
        await engine.stop(job);
      } catch (error) {
        fail(image, error);
      }
    },
    unsaved,
    unsavedOf,
    saved: (file) => {
      saving.set(file, Date.now() + savingTime(file.blob.size));
      const files = [...results.value.values()].flatMap(({ file: own, uncertainty: map }) => [
        own,
        ...(map ? [map.file] : []),
      ]);
      kept.value = new Set(files.filter((one) => one === file || kept.value.has(one)));
    },
    forget: (image) =>
      batch(() => {
        keep(image, undefined);
        fail(image, undefined);
      }),
  };
}
