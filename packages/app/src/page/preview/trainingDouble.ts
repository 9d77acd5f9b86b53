import type {
  Engine,
  EngineError,
  StoredRun,
  TrainEvents,
  TrainedRun,
  TrainProgress,
} from "../../engine/engine.js";
import { greyPicture } from "../../painter/pictures.js";
import { pause } from "./pause.js";
import type { Scenario } from "./scenario.js";
import { simulatedRegion } from "./simulatedImages.js";

const UPDATES = 500;

/** A point of the log: losses that fall, a validation that rises. */
function progressAt(update: number): TrainProgress {
  const wave = Math.sin(update * 1.7) * 0.012;
  const loss = 0.12 + 0.5 * Math.exp(-update / 90) + wave;
  return {
    update,
    updates: UPDATES,
    updatesPerSecond: 6.4,
    secondsLeft: (UPDATES - update) / 6.4,
    losses: { loss },
    shown: ["loss"],
    ...(update % 50 === 0 && { validation: { "PSNR (dB)": 31.5 - 5 * Math.exp(-update / 110) - wave } }),
  };
}

const historyTo = (update: number): TrainProgress[] =>
  Array.from({ length: Math.floor(update / 10) }, (_, i) => progressAt(10 * (i + 1)));

/** A crop, noisy and denoised beside each other. */
async function previewPng(): Promise<Blob> {
  const side = 128;
  const canvas = new OffscreenCanvas(2 * side + 4, side);
  const context = canvas.getContext("2d")!; // A canvas without a context has it
  const region = { x: 120, y: 100, width: side, height: side };
  for (const [i, kind] of (["noisy", "denoised"] as const).entries()) {
    const pixels = simulatedRegion(kind, 1, {}, region);
    context.drawImage(await greyPicture(pixels, pixels), i * (side + 4), 0);
  }
  return canvas.convertToBlob();
}

const runOf = (run: string, method: string, update: number, state: StoredRun["state"]): StoredRun => ({
  run,
  method,
  update,
  updates: UPDATES,
  state,
  goesOn: update < UPDATES,
  images: ["cells.tif"],
  changed: Date.UTC(2026, 4, 12, 9, 30),
  bytes: 3_400_000,
  history: historyTo(update),
  ...(update >= 100 && { best: `PSNR 30.9 dB at update ${update - (update % 50)}` }),
  command: `clidim train cells.tif --method ${method} --output ${run}`,
});

type Half = Pick<
  Engine,
  | "check"
  | "train"
  | "resume"
  | "runs"
  | "removeRun"
  | "modelFiles"
  | "exportModel"
  | "storage"
  | "keepStorage"
>;

/** The half of the double that trains, and keeps runs. */
export function trainingDouble(
  scenario: Scenario,
  { stopped, enough }: { readonly stopped: ReadonlySet<string>; readonly enough: ReadonlySet<string> },
): Half {
  const runs = new Map<string, StoredRun>();
  if (scenario.runs) {
    runs.set("membranes", runOf("membranes", "noise2void", 300, "paused"));
    const calibrated = { uncertainty: "uncertainty" } as const;
    runs.set("actin-60x", { ...runOf("actin-60x", "clidim", UPDATES, "finished"), ...calibrated });
  }

  async function follow(
    job: string,
    run: string,
    method: string,
    from: number,
    events: TrainEvents,
  ): Promise<TrainedRun> {
    events.onPhase("Compiling the training step");
    await pause(30);
    if (scenario.fail === "train") {
      const error: EngineError = {
        sentence:
          "The storage of this browser is full: a checkpoint of 14 MB did not fit. Remove trainings that you no longer need, then go on with this one.",
        stopped: false,
        internal: false,
      };
      throw error;
    }
    events.onPhase(`Training ${method}`);
    events.onPreview(await previewPng());
    for (let update = from + 10; update <= UPDATES; update += 10) {
      const completed = enough.has(job);
      if (completed || stopped.has(job)) {
        const ended = runOf(run, method, update, completed ? "finished" : "paused");
        runs.set(run, ended);
        return { run: ended, completed };
      }
      events.onProgress(progressAt(update));
      if (scenario.hold === "train" && update >= 320) {
        while (!stopped.has(job) && !enough.has(job)) await pause(20);
      } else await pause(1);
    }
    runs.set(run, runOf(run, method, UPDATES, "finished"));
    return { run: runs.get(run)!, completed: true }; // It was set
  }

  return {
    check: async ({ values }) => {
      const { crop } = values;
      if (typeof crop !== "number" || crop % 4 === 0) return [];
      return [{ keys: ["crop"], sentence: `crop is ${crop}; allowed: a multiple of 2^depth, 4.` }];
    },
    train: ({ job, run, method }, events) => follow(job, run, method, 0, events),
    resume: ({ job, run }, events) => {
      const stored = runs.get(run);
      return follow(job, run, stored?.method ?? "noise2void", stored?.update ?? 0, events);
    },
    runs: async () => [...runs.values()],
    removeRun: async (run) => {
      runs.delete(run);
    },
    // What came is in the name.
    modelFiles: async () => {
      const sized = scenario.sized ? { multiple: 16 } : {};
      return [{ kind: "safetensors" }, { kind: "onnx", ...sized }, { kind: "bmz", ...sized }];
    },
    exportModel: async (_, kind, { about, size } = {}) => ({
      name: about
        ? `${about.name}, ${about.author}, ${about.license}.zip`
        : `${["model", ...(size ?? [])].join(" ")}.${kind}`,
      blob: new Blob(["model"]),
    }),
    storage: async () => ({
      size: scenario.full ? { used: 1.94e9, available: 0.06e9 } : { used: 0.12e9, available: 40e9 },
      kept: !scenario.full,
    }),
    keepStorage: async () => !scenario.full,
  };
}
