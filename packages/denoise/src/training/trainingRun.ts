import type { Plane } from "@clidim/imaging";
import { displayRange, previewPng } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { evaluate, type Tensor, type Tree } from "@clidim/tensor";
import type { CropOrder } from "../data/cropFeed.js";
import { normalizationOf } from "../data/fitConfigured.js";
import { OrdersAhead } from "../data/ordersAhead.js";
import { type Denoiser, denoiser } from "../inference/denoise.js";
import { denoisePage } from "../inference/denoisePage.js";
import { exportModel, importModel, withProvenance } from "../model/modelFile.js";
import type { MethodVariables, TrainingPhase } from "../protocol/method.js";
import { readMetrics, resetMetrics } from "../protocol/metrics.js";
import { phaseAt } from "../protocol/phaseAt.js";
import { methodRegistry } from "../protocol/registry.js";
import { badMetrics } from "./badMetrics.js";
import { badWeight } from "./badWeight.js";
import { exportCheckpoint } from "./checkpoint.js";
import { type CompiledTraining, compileTraining } from "./compileTraining.js";
import { completeRun } from "./completeRun.js";
import { Divergence } from "./divergence.js";
import { type HeldCrops, heldCrops } from "./heldCrops.js";
import { logInterval, validationInterval } from "./logInterval.js";
import { type Manifest, writeManifest } from "./manifest.js";
import { badFigure, type CropFigures, type MetricsLog, score, type ValidationFigures } from "./metricsLog.js";
import { removeTrainingFiles } from "./outputFolder.js";
import { loweredRate, newRate } from "./plateau.js";
import { restart } from "./restart.js";
import { type StepBack, stepBackText } from "./stepBack.js";
import { TrainingClock } from "./trainingClock.js";
import { type BestState, TrainingGuard } from "./trainingGuard.js";
import type { KeptModel, TrainingPosition } from "./trainingPosition.js";
import { trainingProgress } from "./trainingProgress.js";
import type { TrainingSession } from "./trainingSession.js";
import type { TrainingState } from "./trainingState.js";
import type { CheckpointInterval, TrainResult } from "./trainResult.js";
import { cropMetrics, type ValidationCrop } from "./validation.js";
import { validationRecord } from "./validationRecord.js";

/** About how long updates may be under way before they are waited for, so that an interruption is answered soon. */
const SECONDS_IN_FLIGHT = 0.5;
const MAX_IN_FLIGHT = 16;

/** A training run between its updates. */
export class TrainingRun {
  readonly #session: TrainingSession;
  readonly #log: MetricsLog;
  readonly #crops: readonly ValidationCrop[];
  readonly #phases: readonly TrainingPhase[];
  /** Where not all crops have a truth to be judged by. */
  readonly #held: HeldCrops | undefined;
  readonly #denoise: Denoiser;
  /** What `#denoise` applies; none: the network under training. */
  #applied: MethodVariables | undefined;
  #state: TrainingState;
  #manifest: Manifest;
  #update: number;
  #kept: KeptModel | undefined;
  /** Where something is held out to be guarded by. */
  readonly #guard: TrainingGuard | undefined;
  #losses: Readonly<Record<string, number>> | undefined;
  /** Whether no update comes after the one at hand. */
  #last = false;
  /** The update that the checkpoint on disk was made after. */
  #checkpointAt: number | undefined;
  /** The update that the model on disk was made after, and that which the preview shows. */
  #modelAt: number;
  #previewAt: number | undefined;

  constructor(session: TrainingSession, { state, log, manifest, kept, guarded }: TrainingPosition) {
    this.#session = session;
    this.#kept = kept;
    this.#state = state;
    this.#log = log;
    this.#manifest = manifest;
    this.#update = manifest.updates.done;
    this.#checkpointAt = this.#update > 0 ? this.#update : undefined;
    this.#modelAt = kept?.figures.update ?? manifest.kept;
    this.#crops = session.crops;
    this.#phases = session.method.phases(session.configuration);
    const { method, configuration, seed, crops, split, normalization } = session;
    this.#denoise = denoiser(
      method,
      configuration,
      () => this.#applied ?? method.variables(this.#state.method),
    );
    if (configuration.guard && (split.kind !== "none" || method.hopeless)) {
      this.#guard = new TrainingGuard(method, configuration, guarded);
    }
    if (split.kind !== "none" && !crops.every(({ clean }) => clean)) {
      this.#held = heldCrops(method, configuration, seed, crops, normalization);
    }
  }

  /** Validates once, so that what cannot be validated is refused before anything is written. `InputError`. */
  async checkValidation(): Promise<void> {
    await evaluate(this.#state, { device: this.#session.device });
    await this.#held?.(this.#session.method.variables(this.#state.method));
  }

  /** Trains until the last update, which is the one at hand once the run is to be finished, or until the signal aborts, and saves everything. To be called once. */
  async toEnd({
    updates: everyUpdates = 500,
    seconds: everySeconds = 300,
  }: CheckpointInterval = {}): Promise<TrainResult> {
    const { configuration, device, feed, hooks, folder, split } = this.#session;
    const { updates } = configuration;
    let step = this.#compiled();
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

      while (!this.#last && this.#update < updates && !this.#guard?.ended && !hooks.signal?.aborted) {
        this.#state = await step(this.#state, await orders.take(), this.#update);
        this.#update++;
        clock.submitted();
        // While the device works.
        orders.draw();

        this.#last = this.#update === updates || hooks.finish?.aborted === true;
        if (this.#last || this.#update % logInterval(configuration) === 0) {
          const due = this.#last || this.#update % validationInterval(configuration) === 0;
          const validate =
            split.kind !== "none" &&
            !phaseAt(this.#phases, this.#update - 1).preparing &&
            (due || this.#guard?.doubts(this.#log) === true);
          if (await this.#logPoint(clock, validate)) step = this.#compiled();
        } else if (clock.secondsInFlight() >= SECONDS_IN_FLIGHT || clock.inFlight >= MAX_IN_FLIGHT) {
          await device.synchronize();
          clock.synchronized();
          this.#progress(clock, false);
        }
        const unsaved =
          this.#update - (this.#checkpointAt ?? 0) >= everyUpdates ||
          clock.secondsSinceCheckpoint() >= everySeconds;
        if (unsaved && !this.#last) await this.#save("running", clock);
      }
      await device.synchronize();
      clock.synchronized();
      const completed = this.#last || this.#update === updates || this.#guard?.ended === true;
      // What completes a run may be cut short: it writes last that the run is completed, and is done again when the run goes on (of one that was finished early, after its last update).
      await this.#save(completed ? "running" : "interrupted", clock, true);
      if (completed) {
        const model = { variables: this.#keptVariables(), bytes: await this.#modelBytes() };
        this.#manifest = await completeRun(this.#session, this.#manifest, model);
      }
      return { folder, manifest: this.#manifest, completed };
    } catch (error) {
      await this.#recordFailure(clock);
      throw error;
    } finally {
      await orders.settled();
    }
  }

  /** The updates as they are to go on. */
  #compiled(): CompiledTraining<Tree<Tensor>, CropOrder> {
    const { method, configuration, device, feed } = this.#session;
    const now = loweredRate(this.#guard?.configuration ?? configuration, this.#log.figures());
    return compileTraining(method, now, { device, batchOf: feed.batch });
  }

  /** Reads the losses, writes a line to the log and starts the next sums. Whether the training goes on otherwise: from an earlier state, or with a lower learning rate. */
  async #logPoint(clock: TrainingClock, validate: boolean): Promise<boolean> {
    const metrics = await readMetrics(this.#state);
    const { means, count, lossScale } = metrics;
    clock.synchronized();
    const badLosses = badMetrics(metrics);
    const measured = count > 0 && badLosses === undefined;
    if (measured) this.#losses = means;
    this.#state = resetMetrics(this.#state);
    const restarted = measured ? await this.#restart(means) : undefined;
    const judged = validate && badLosses === undefined && !restarted;
    const figures = judged ? await this.#validate() : undefined;
    const diverged = badLosses ?? (figures && badFigure(figures));
    const validation = diverged === undefined ? figures : undefined;
    const steppedBack =
      diverged === undefined
        ? (restarted ?? (validation && (await this.#judge({ update: this.#update, ...validation }))))
        : await this.#recover(diverged);
    clock.outside();
    const learningRate =
      validation && newRate(this.#session, this.#log, { update: this.#update, ...validation });
    this.#log.add({
      update: this.#update,
      seconds: Math.round(1000 * clock.seconds()) / 1000,
      losses: measured ? means : {},
      ...(lossScale && { lossScale }),
      ...(validation && { validation }),
      ...(steppedBack && { steppedBack }),
      ...(learningRate !== undefined && { learningRate }),
    });
    await this.#log.write();
    this.#progress(clock, validate);
    return steppedBack !== undefined || learningRate !== undefined;
  }

  /** With clean pages as users will see it, else as the method itself sees it. */
  async #validate(): Promise<CropFigures> {
    return this.#held
      ? await this.#held(this.#session.method.variables(this.#state.method))
      : cropMetrics(await this.#denoisedCrops(), this.#crops);
  }

  /** Takes a training that has collapsed back to its best state, where it is guarded, and says so; otherwise the model may be chosen. */
  async #judge(figures: ValidationFigures): Promise<StepBack | undefined> {
    const { configuration } = this.#session;
    const guard = this.#guard;
    const steppedBack = await guard?.look(this.#state, figures, this.#log, {
      last: this.#last,
      kept: configuration.selection === "last",
    });
    if (steppedBack === "doubted") return undefined;
    if (!guard?.best || !steppedBack || steppedBack === "accepted") {
      await this.#choose(figures);
      return undefined;
    }
    await this.#goBack(guard, guard.best, steppedBack);
    return steppedBack;
  }

  /** Takes a training whose numbers are none any more, as `diverged` says, back to its best state, where it is guarded and there is one; throws otherwise. */
  async #recover(diverged: string): Promise<StepBack> {
    const guard = this.#guard;
    const steppedBack = guard?.diverged(this.#update, diverged, { last: this.#last });
    if (!guard?.best || !steppedBack) throw this.#diverged(diverged);
    await this.#goBack(guard, guard.best, steppedBack);
    return steppedBack;
  }

  /** Begins a training that is hopeless again, and says so; see `restart`. */
  async #restart(means: Readonly<Record<string, number>>): Promise<StepBack | undefined> {
    const at = { update: this.#update, since: this.#log.freshSince(), last: this.#last };
    const again = restart(this.#session, this.#guard, means, at);
    if (!again) return undefined;
    this.#kept = undefined;
    this.#state = { ...this.#state, method: again.state };
    await evaluate(this.#state, { device: this.#session.device });
    this.#session.hooks.onWarning?.(stepBackText(again.steppedBack));
    return again.steppedBack;
  }

  async #goBack(guard: TrainingGuard, best: BestState, steppedBack: StepBack): Promise<void> {
    const { device, hooks } = this.#session;
    this.#state = guard.restored(this.#state);
    await evaluate(this.#state, { device });
    await this.#choose(best.figures);
    hooks.onWarning?.(stepBackText(steppedBack));
  }

  /** Keeps the model of a state, where the best is asked for if it is the best so far. */
  async #choose(figures: ValidationFigures): Promise<void> {
    if (this.#session.configuration.selection === "last") {
      if (!this.#guard) return;
    } else if (this.#kept && score(this.#kept.figures) >= score(figures)) return;
    this.#kept = { figures, bytes: await this.#exportModel(figures.update) };
  }

  async #exportModel(updates = this.#update): Promise<Uint8Array> {
    const { method, configuration, normalization, seed } = this.#session;
    const { versions, adapter, earlier, data } = this.#manifest;
    const provenance = { versions, adapter, ...(earlier && { earlier }), data, seed, updates };
    const variables = method.variables(this.#state.method);
    return exportModel(variables, { method, configuration, normalization, provenance });
  }

  /** The model that is kept, with what its training went through. */
  async #modelBytes(): Promise<Uint8Array> {
    const bytes = this.#kept?.bytes ?? (await this.#exportModel());
    const steppedBack = this.#guard?.stepsBack ?? [];
    return steppedBack.length > 0 ? withProvenance(bytes, { steppedBack }) : bytes;
  }

  #diverged(what: string): Divergence {
    const { checkpoint } = this.#session.folder;
    return new Divergence(what, this.#update, { path: checkpoint, update: this.#checkpointAt ?? 0 });
  }

  /** Of the network under training, or of other variables. */
  async #denoisedCrops(variables?: MethodVariables, crops = this.#crops): Promise<Plane[]> {
    const { configuration, normalization } = this.#session;
    const pages: Plane[] = [];
    this.#applied = variables;
    try {
      for (const { noisy } of crops) {
        pages.push(
          await denoisePage(
            this.#denoise,
            noisy,
            normalizationOf(noisy, configuration, normalization),
            configuration,
          ),
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

  #progress(clock: TrainingClock, validated: boolean): void {
    const { configuration, hooks } = this.#session;
    const done = { update: this.#update, updates: configuration.updates, validated };
    hooks.onProgress?.(trainingProgress(done, clock, this.#losses, this.#log));
  }

  /** Writes everything. The log comes before the checkpoint: lines too many are cut off when the run goes on. */
  async #save(status: Manifest["status"], clock: TrainingClock, ends = false): Promise<void> {
    const { folder } = this.#session;
    // A weight that is no number must not replace a good checkpoint.
    const bad = await badWeight(this.#session.method.weights(this.#state.method));
    if (bad !== undefined) {
      // The next log point takes the training back.
      if (!ends && this.#guard?.best) return;
      throw this.#diverged(bad);
    }
    const seconds = clock.seconds();
    await this.#log.write();
    // Before the checkpoint, as the best model cannot be had again from a later state.
    await this.#writeModel();
    const checkpoint = await exportCheckpoint(
      this.#session.method,
      this.#state,
      {
        update: String(this.#update),
        seconds: String(seconds),
      },
      this.#guard?.best?.networks,
    );
    await atomicWrite(folder.checkpoint, checkpoint);
    this.#checkpointAt = this.#update;
    clock.checkpointed();
    if (this.#update > 0) await this.#preview();
    await this.#record(status, clock);
    clock.outside();
  }

  async #writeModel(): Promise<void> {
    await atomicWrite(this.#session.folder.model, await this.#modelBytes());
    this.#modelAt = this.#kept?.figures.update ?? this.#update;
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
    const steppedBack = this.#guard?.stepsBack ?? [];
    this.#manifest = {
      ...this.#manifest,
      ...(steppedBack.length > 0 && { steppedBack }),
      status,
      updates: { ...this.#manifest.updates, done: this.#checkpointAt ?? 0 },
      kept: this.#modelAt,
      timings: {
        ...this.#manifest.timings,
        changed: new Date().toISOString(),
        seconds: clock.seconds(),
        updatesPerSecond: clock.updatesPerSecond() ?? null,
      },
      validation: validationRecord(this.#session, this.#log),
    };
    await writeManifest(this.#session.folder.manifest, this.#manifest);
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
