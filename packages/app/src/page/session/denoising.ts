import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DenoisedImage, DenoiseRequest, Engine, JobProgress } from "../../engine/engine.js";
import type { Layer, Painter } from "../../engine/painter.js";
import { type Failure, failureOf } from "./failure.js";
import type { Images } from "./images.js";
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
  readonly uncertainty: Signal<boolean>;
  readonly running: ReadonlySignal<DenoiseJob | undefined>;
  readonly failure: Signal<Failure | undefined>;
  /** The latest result of the image that is looked at. */
  readonly result: ReadonlySignal<DenoisedImage | undefined>;
  /** `hasMap`: the model that is chosen can give one. */
  start(visible: NonNullable<DenoiseRequest["visible"]>, hasMap: boolean): Promise<void>;
  stop(): Promise<void>;
  /** Whether a result of an open image was not saved yet. */
  readonly unsaved: ReadonlySignal<boolean>;
  /** That the file of a result was saved. */
  saved(result: DenoisedImage): void;
  /** Forgets the results of an image. */
  forget(image: string): void;
}

export function createDenoising(engine: Engine, painter: Painter, images: Images): Denoising {
  const choice = signal<DenoiseChoice>({ kind: "automatic" });
  const uncertainty = signal(false);
  const running = signal<DenoiseJob | undefined>(undefined);
  const failure = signal<Failure | undefined>(undefined);
  const results = signal<ReadonlyMap<string, DenoisedImage>>(new Map());
  const result = computed(() => results.value.get(images.current.value?.id ?? ""));
  const kept = signal<ReadonlySet<DenoisedImage>>(new Set());
  const unsaved = computed(() => [...results.value.values()].some((one) => !kept.value.has(one)));
  let jobs = 0;

  const change = (job: string, changes: Partial<DenoiseJob>): void => {
    if (running.value?.job === job) running.value = { ...running.value, ...changes };
  };

  function keep(image: string, made: DenoisedImage | undefined): void {
    const before = results.value.get(image);
    const rest = [...results.value].filter(([id]) => id !== image);
    results.value = new Map(made ? [...rest, [image, made]] : rest);
    for (const old of before ? [before.image, before.uncertainty?.image] : []) {
      // What is left behind of an old result is the engine's to remove; there is nothing for the user to do.
      if (!old) continue;
      void engine.close(old.id).catch(() => undefined);
      void painter.forget(old.id).catch(() => undefined);
    }
  }

  return {
    choice,
    uncertainty,
    running,
    failure,
    result,
    start: async (visible, hasMap) => {
      const image = images.current.value;
      if (!image || running.value) return;
      jobs++;
      const job = `denoise-${jobs}`;
      batch(() => {
        failure.value = undefined;
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
          failure.value = failureOf(error);
        });
      } finally {
        void painter.forget(job).catch(() => undefined);
      }
    },
    stop: async () => {
      const job = running.value?.job;
      if (job === undefined) return;
      change(job, { stopping: true });
      try {
        await engine.stop(job);
      } catch (error) {
        failure.value = failureOf(error);
      }
    },
    unsaved,
    saved: (made) => {
      kept.value = new Set([...results.value.values()].filter((one) => one === made || kept.value.has(one)));
    },
    forget: (image) => keep(image, undefined),
  };
}
