import type { Plane } from "@clidim/imaging";
import { InputError, previewPng } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { evaluate, leavesWithPaths } from "@clidim/tensor";
import { normalizationOf } from "../data/fitConfigured.js";
import { OrdersAhead } from "../data/ordersAhead.js";
import { type Denoiser, denoiser } from "../inference/denoise.js";
import { denoisePage } from "../inference/denoisePage.js";
import { exportModel, importModel, withUncertainty } from "../model/modelFile.js";
import type { MethodVariables } from "../protocol/method.js";
import { readMetrics, resetMetrics } from "../protocol/metrics.js";
import { methodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { calibrateModel } from "./calibrateModel.js";
import { exportCheckpoint } from "./checkpoint.js";
import { compareWithClassical } from "./comparison.js";
import { compileTraining } from "./compileTraining.js";
import { type HeldCrops, heldCrops } from "./heldCrops.js";
import { type Manifest, writeManifest } from "./manifest.js";
import { type CropFigures, type MetricsLog, score, type ValidationFigures } from "./metricsLog.js";
import { removeTrainingFiles, type TrainingFolder } from "./outputFolder.js";
import { TrainingClock } from "./trainingClock.js";
import type { TrainingSession } from "./trainingSession.js";
import type { TrainingState } from "./trainingState.js";
import { cropMetrics, displayRange, type ValidationCrop } from "./validation.js";

export interface TrainResult {
  readonly folder: TrainingFolder;
  readonly manifest: Manifest;
  /** False when the signal stopped the run. */
  readonly completed: boolean;
}

/** A checkpoint is written when either has passed since the last one. Defaults 500 updates, 300 s. */
export interface CheckpointInterval {
  readonly updates?: number;
  readonly seconds?: number;
}

/** About how long updates may be under way before they are waited for, so that an interruption is answered soon. */
const SECONDS_IN_FLIGHT = 0.5;
const MAX_IN_FLIGHT = 16;

/** A log point every 50 updates, in shorter runs about a hundred, and validation figures at every tenth. Both depend on the configuration alone. */
const logInterval = ({ updates }: RunConfiguration): number =>
  Math.min(50, Math.max(1, Math.round(updates / 100)));
const LOG_POINTS_PER_VALIDATION = 10;

/** The smallest normal half: if no update between two log points is finite at a smaller scale than this, the scale is not the reason. */
const SMALLEST_LOSS_SCALE = 2 ** -14;

/** A model and its validation figures: the best so far, where the best is kept. */
export interface KeptModel {
  readonly figures: ValidationFigures;
  /** As `exportModel` writes it. */
  readonly bytes: Uint8Array;
}

/** Where a session starts. */
export interface TrainingPosition {
  readonly state: TrainingState;
  readonly log: MetricsLog;
  readonly manifest: Manifest;
  readonly kept: KeptModel | undefined;
}

/** A loss or a weight that is no number: nothing that another try with the same data, configuration and seed would change. */
export class Divergence extends InputError {
  override readonly name: string = "Divergence";
}

/** A training run between its updates. */
export class TrainingRun {
  readonly #session: TrainingSession;
  readonly #log: MetricsLog;
  readonly #crops: readonly ValidationCrop[];
  /** Where not all crops have a truth to be judged by. */
  readonly #held: HeldCrops | undefined;
  readonly #denoise: Denoiser;
  /** What `#denoise` applies; none: the network under training. */
  #applied: MethodVariables | undefined;
  #state: TrainingState;
  #manifest: Manifest;
  #update: number;
  #kept: KeptModel | undefined;
  #losses: Readonly<Record<string, number>> | undefined;
  /** The update that the checkpoint on disk was made after. */
  #checkpointAt: number | undefined;
  /** The update that the model on disk was made after, and that which the preview shows. */
  #modelAt: number;
  #previewAt: number | undefined;

  constructor(session: TrainingSession, { state, log, manifest, kept }: TrainingPosition) {
    this.#session = session;
    this.#kept = kept;
    this.#state = state;
    this.#log = log;
    this.#manifest = manifest;
    this.#update = manifest.updates.done;
    this.#checkpointAt = this.#update > 0 ? this.#update : undefined;
    this.#modelAt = kept?.figures.update ?? manifest.kept;
    this.#crops = session.crops;
    const { method, configuration, seed, crops, split, normalization } = session;
    this.#denoise = denoiser(
      method,
      configuration,
      () => this.#applied ?? method.variables(this.#state.method),
    );
    if (split.kind !== "none" && !crops.every(({ clean }) => clean)) {
      this.#held = heldCrops(method, configuration, seed, crops, normalization);
    }
  }

  /** Validates once, so that what cannot be validated is refused before anything is written. `InputError`. */
  async checkValidation(): Promise<void> {
    await evaluate(this.#state, { device: this.#session.device });
    await this.#held?.(this.#session.method.variables(this.#state.method));
  }

  /** Trains until the last update, or until the signal aborts, and saves everything. To be called once. */
  async toEnd({
    updates: everyUpdates = 500,
    seconds: everySeconds = 300,
  }: CheckpointInterval = {}): Promise<TrainResult> {
    const { method, configuration, device, feed, hooks, folder, split } = this.#session;
    const { updates } = configuration;
    const interval = logInterval(configuration);
    const step = compileTraining(method, configuration, { device, batchOf: feed.batch });
    const orders = new OrdersAhead(feed.order, this.#update, updates);
    const clock = new TrainingClock(this.#manifest.timings.seconds);
    await evaluate(this.#state, { device });
    try {
      if (this.#checkpointAt === undefined) {
        // The manifest comes first: with it the folder is a run that can be gone on with, whenever this one is killed.
        await this.#record("running", clock);
        // The first checkpoint shows at once whether there is permission and space.
        await this.#save("running", clock);
      }

      while (this.#update < updates && !hooks.signal?.aborted) {
        this.#state = await step(this.#state, await orders.take(), this.#update);
        this.#update++;
        clock.submitted();
        // While the device works.
        orders.draw();

        const last = this.#update === updates;
        if (last || this.#update % interval === 0) {
          const validate =
            split.kind !== "none" && (last || this.#update % (interval * LOG_POINTS_PER_VALIDATION) === 0);
          await this.#logPoint(clock, validate);
        } else if (clock.secondsInFlight() >= SECONDS_IN_FLIGHT || clock.inFlight >= MAX_IN_FLIGHT) {
          await device.synchronize();
          clock.synchronized();
          this.#progress(clock, false);
        }
        const due =
          this.#update - (this.#checkpointAt ?? 0) >= everyUpdates ||
          clock.secondsSinceCheckpoint() >= everySeconds;
        if (due && !last) await this.#save("running", clock);
      }
      await device.synchronize();
      clock.synchronized();
      const completed = this.#update === updates;
      await this.#save(completed ? "completed" : "interrupted", clock);
      if (completed) await this.#end();
      return { folder, manifest: this.#manifest, completed };
    } catch (error) {
      await this.#recordFailure(clock);
      throw error;
    } finally {
      await orders.settled();
    }
  }

  /** Reads the losses, writes a line to the log and starts the next sums. */
  async #logPoint(clock: TrainingClock, validate: boolean): Promise<void> {
    const { means, count, lossScale } = await readMetrics(this.#state);
    clock.synchronized();
    const measured = count > 0;
    if (measured) {
      const bad = Object.entries(means).find(([, value]) => !Number.isFinite(value));
      if (bad) throw this.#diverged(`the ${bad[0]} loss is ${bad[1]}`);
      this.#losses = means;
    } else if (lossScale && lossScale.scale < SMALLEST_LOSS_SCALE) {
      throw this.#diverged(
        `every update overflows, at a loss scale of ${lossScale.scale} too (precision float32 has a larger range)`,
      );
    }
    this.#state = resetMetrics(this.#state);
    const validation = validate ? await this.#validate() : undefined;
    if (validation) await this.#choose({ update: this.#update, ...validation });
    clock.outside();
    this.#log.add({
      update: this.#update,
      seconds: Math.round(1000 * clock.seconds()) / 1000,
      losses: measured ? means : {},
      ...(lossScale && { lossScale }),
      ...(validation && { validation }),
    });
    await this.#log.write();
    this.#progress(clock, validate);
  }

  /** With clean pages as users will see it, else as the method itself sees it. */
  async #validate(): Promise<CropFigures> {
    const figures = this.#held
      ? await this.#held(this.#session.method.variables(this.#state.method))
      : cropMetrics(await this.#denoisedCrops(), this.#crops);
    // The PSNR of equal images is infinite, and as good as one can be; nothing else is.
    const bad = Object.entries(figures).find(
      ([figure, value]) => !Number.isFinite(value) && !(figure === "psnr" && value > 0),
    );
    if (bad) {
      const [figure, value] = bad;
      throw this.#diverged(
        `the ${figure === "loss" ? figure : figure.toUpperCase()} of the validation images is ${value}`,
      );
    }
    return figures;
  }

  /** Keeps the model of this update if it is the best so far, where the best is asked for. */
  async #choose(figures: ValidationFigures): Promise<void> {
    if (this.#session.configuration.selection === "last") return;
    if (this.#kept && score(this.#kept.figures) >= score(figures)) return;
    this.#kept = { figures, bytes: await this.#exportModel() };
  }

  async #exportModel(): Promise<Uint8Array> {
    const { method, configuration, normalization, seed } = this.#session;
    const { versions, adapter, data } = this.#manifest;
    const provenance = { versions, adapter, data, seed, updates: this.#update };
    const variables = method.variables(this.#state.method);
    return exportModel(variables, { method, configuration, normalization, provenance });
  }

  #diverged(what: string): Divergence {
    const { folder } = this.#session;
    return new Divergence(
      `training stopped at update ${this.#update}: ${what}; ${folder.checkpoint} holds the state after update ${this.#checkpointAt ?? 0}, ` +
        "before that. Start again with another seed or a larger batch",
      { keys: ["seed", "batch"] },
    );
  }

  /** Of the network under training, or of other variables. */
  async #denoisedCrops(variables?: MethodVariables, crops = this.#crops): Promise<Plane[]> {
    const { configuration, normalization } = this.#session;
    const pages: Plane[] = [];
    this.#applied = variables;
    try {
      for (const { noisy } of crops) {
        pages.push(
          await denoisePage(this.#denoise, noisy, normalizationOf(noisy, configuration, normalization)),
        );
      }
    } finally {
      this.#applied = undefined;
    }
    return pages;
  }

  /** Of the model that is kept, which may be an earlier one. */
  #keptVariables(): MethodVariables {
    const { method } = this.#session;
    if (!this.#kept || this.#kept.figures.update === this.#update)
      return method.variables(this.#state.method);
    return importModel(this.#kept.bytes, methodRegistry([method])).variables;
  }

  /** What held-out images with clean ones tell of the model that is kept: how large its errors are, and whether it was worth training. */
  async #end(): Promise<void> {
    const { split, hooks, baselines, folder } = this.#session;
    if (split.kind === "none" || !this.#crops.every(({ clean }) => clean)) return;
    const variables = this.#keptVariables();
    const predictions = await this.#denoisedCrops(variables);
    const uncertainty = await calibrateModel(this.#session, variables, predictions);
    if (uncertainty) {
      const bytes = this.#kept?.bytes ?? (await this.#exportModel());
      await atomicWrite(folder.model, withUncertainty(bytes, uncertainty));
    }
    this.#manifest = { ...this.#manifest, ...(uncertainty && { uncertainty }) };
    try {
      const comparison = await compareWithClassical(predictions, this.#crops, baselines, hooks);
      this.#manifest = { ...this.#manifest, comparison };
    } catch (error) {
      // All that was asked for is there, and evaluation can compare too.
      if (!hooks.signal?.aborted) throw error;
    }
    // As it was recorded: none of this is training time.
    await writeManifest(folder.manifest, this.#manifest);
  }

  #progress(clock: TrainingClock, validated: boolean): void {
    const { updates } = this.#session.configuration;
    const rate = clock.updatesPerSecond();
    const { last: validation } = this.#log.validation();
    this.#session.hooks.onProgress?.({
      update: this.#update,
      updates,
      ...(rate !== undefined && {
        updatesPerSecond: rate,
        secondsLeft: (updates - this.#update) / rate,
      }),
      ...(this.#losses && { losses: this.#losses }),
      ...(validation && { validation }),
      validated,
    });
  }

  /** Writes everything. The log comes before the checkpoint: lines too many are cut off when the run goes on. */
  async #save(status: Manifest["status"], clock: TrainingClock): Promise<void> {
    const { folder } = this.#session;
    await this.#checkWeights();
    const seconds = clock.seconds();
    await this.#log.write();
    // Before the checkpoint, as the best model cannot be had again from a later state.
    await this.#writeModel();
    const checkpoint = await exportCheckpoint(this.#session.method, this.#state, {
      update: String(this.#update),
      seconds: String(seconds),
    });
    await atomicWrite(folder.checkpoint, checkpoint);
    this.#checkpointAt = this.#update;
    clock.checkpointed();
    if (this.#update > 0) await this.#preview();
    await this.#record(status, clock);
    clock.outside();
  }

  async #writeModel(): Promise<void> {
    await atomicWrite(this.#session.folder.model, this.#kept?.bytes ?? (await this.#exportModel()));
    this.#modelAt = this.#kept?.figures.update ?? this.#update;
  }

  /** A weight that is no number must not replace a good checkpoint. */
  async #checkWeights(): Promise<void> {
    for (const [path, leaf] of leavesWithPaths(this.#session.method.weights(this.#state.method))) {
      const data = await leaf.data();
      for (let i = 0; i < data.length; i++) {
        if (!Number.isFinite(data[i]!)) throw this.#diverged(`a weight of ${path} is ${data[i]}`);
      }
    }
  }

  /** Shows what the model on disk makes of the first crop. */
  async #preview(): Promise<void> {
    if (this.#previewAt === this.#modelAt) return;
    const crop = this.#crops[0]!;
    const [denoised] = await this.#denoisedCrops(this.#keptVariables(), [crop]);
    const panels = [crop.noisy, denoised!, ...(crop.clean ? [crop.clean] : [])].map((page) => ({ page }));
    const range = displayRange(crop.clean ?? denoised!);
    await atomicWrite(this.#session.folder.preview, previewPng(panels, range));
    this.#previewAt = this.#modelAt;
  }

  async #record(status: Manifest["status"], clock: TrainingClock): Promise<void> {
    this.#manifest = {
      ...this.#manifest,
      status,
      updates: { ...this.#manifest.updates, done: this.#checkpointAt ?? 0 },
      kept: this.#modelAt,
      timings: {
        ...this.#manifest.timings,
        changed: new Date().toISOString(),
        seconds: clock.seconds(),
        updatesPerSecond: clock.updatesPerSecond() ?? null,
      },
      validation: this.#validation(),
    };
    await writeManifest(this.#session.folder.manifest, this.#manifest);
  }

  #validation(): Manifest["validation"] {
    if (this.#session.split.kind === "none") return null;
    const noisy = this.#crops.every(({ clean }) => clean)
      ? cropMetrics(
          this.#crops.map((crop) => crop.noisy),
          this.#crops,
        )
      : null;
    return { noisy, ...this.#log.validation() };
  }

  async #recordFailure(clock: TrainingClock): Promise<void> {
    const { folder } = this.#session;
    // What stopped the run is what matters, and may be the reason that this fails too.
    const attempt = (work: Promise<void>): Promise<void> => work.catch(() => {});
    // Without a checkpoint there is nothing to go on from, and what is left would only stand in the way of another try.
    if (this.#checkpointAt === undefined) return attempt(removeTrainingFiles(folder));
    // The best model so far may be later than the checkpoint, and is worth having.
    if (this.#kept && this.#kept.figures.update !== this.#modelAt) await attempt(this.#writeModel());
    await attempt(this.#record("failed", clock));
  }
}
