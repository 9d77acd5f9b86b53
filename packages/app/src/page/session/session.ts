import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Engine, Machine, MethodForm } from "../../engine/engine.js";
import type { Painter } from "../../engine/painter.js";
import { createViewer, type Viewer } from "../stage/viewer.js";
import { createDenoising, type Denoising } from "./denoising.js";
import { type Failure, failureOf } from "./failure.js";
import { createImages, type GivenFiles, type Images } from "./images.js";
import { createTraining, type Training } from "./training.js";

export type Panel = "images" | "denoise" | "train" | "save";

/** All that the page knows, and what it can do. */
export interface Session {
  readonly engine: Engine;
  readonly painter: Painter;
  readonly machine: ReadonlySignal<Machine | undefined>;
  readonly methods: ReadonlySignal<readonly MethodForm[]>;
  /** That the engine itself does not answer. */
  readonly failure: ReadonlySignal<Failure | undefined>;
  readonly images: Images;
  readonly denoising: Denoising;
  readonly training: Training;
  readonly viewer: Viewer;
  readonly panel: Signal<Panel>;
  /** Opens images, and model files: the last of these is the one to denoise with. */
  open(files: GivenFiles): Promise<void>;
}

/** Begins: asks the engine what the machine and the storage have. */
export function createSession(engine: Engine, painter: Painter): Session {
  const machine = signal<Machine | undefined>(undefined);
  const methods = signal<readonly MethodForm[]>([]);
  const failure = signal<Failure | undefined>(undefined);
  const images = createImages(engine);
  const denoising = createDenoising(engine, painter, images);
  const training = createTraining(engine, images, methods);
  const viewer = createViewer(images, denoising, painter);
  const panel = signal<Panel>("denoise");

  const look = async (): Promise<void> => {
    machine.value = await engine.machine();
  };
  const begin = async (): Promise<void> => {
    try {
      await look();
      methods.value = await engine.methods();
      await images.findReady();
    } catch (error) {
      failure.value = failureOf(error);
    }
  };
  void begin();
  void training.refresh();

  // What a job warns of, or ends with, may be that the browser has taken the GPU away; a job that begins asks for it anew, so that it may be back when it ends.
  let told = "";
  effect(() => {
    const jobs = [denoising, training].flatMap(({ running }) => running.value ?? []);
    const ended = [...denoising.failures.value.values(), training.failure.value];
    const now = [
      ...jobs.flatMap(({ job, warnings }) => [job, ...warnings]),
      ...ended.map((failure) => failure?.sentence ?? ""),
    ].join("");
    if (now !== told) void look().catch(() => undefined);
    told = now;
  });

  // Of images that were closed or read otherwise, nothing is kept.
  let known = new Set<string>();
  effect(() => {
    const ids = new Set(images.list.value.map(({ id }) => id));
    for (const id of known) {
      if (ids.has(id)) continue;
      void painter.forget(id).catch(() => undefined);
      denoising.forget(id);
    }
    known = ids;
  });

  return {
    engine,
    painter,
    machine,
    methods,
    failure,
    images,
    denoising,
    training,
    viewer,
    panel,
    open: async (files) => {
      const model = (await images.open(files)).at(-1);
      if (!model) return;
      denoising.choice.value = { kind: "model", model: model.model };
      panel.value = "denoise";
    },
  };
}
