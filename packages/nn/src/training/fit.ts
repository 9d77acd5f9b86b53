import { full, type Tensor } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { Variables } from "../layer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { readCheckpoint, writeCheckpoint } from "./checkpointFile.js";
import { betterOf, resumedBest, type Watched } from "./earlyStopping.js";
import { checkFitOptions, type FitOptions, type FitResult } from "./fitOptions.js";
import { pacing } from "./pacing.js";
import type { Best, EpochRecord, Progress } from "./records.js";
import { fromSnapshot, type Snapshot, takeSnapshot } from "./snapshot.js";
import {
  emptyTotals,
  evaluationStep,
  initialState,
  meansOf,
  type Objective,
  type TrainingState,
  trainingStep,
} from "./trainingStep.js";

/** The input of batches that are records with x. */
function xOf(batch: unknown): Tensor {
  if (typeof batch === "object" && batch !== null && "x" in batch) return batch.x as Tensor; // looked at where it is used
  throw new Error(`fit: batches have no member x, got ${show(batch)}; pass input: (batch) => ...`);
}

/**
 * Trains a model: passes over the data with an optimiser, watches a validation, stops early, writes checkpoints and goes on from them to the
 * bit, and goes no further where a loss is not finite. For what it does not do, such as several models in one step, write the step yourself:
 * it is `valueAndGrad`, `optimizer.update` and `compile`.
 */
export async function fit<P, S, B, O>(options: FitOptions<P, S, B, O>): Promise<FitResult<P, S>> {
  checkFitOptions(options);
  const { model, variables, data, loss, epochs, metrics = {}, input = xOf, validation, seed = 0 } = options;
  const { earlyStopping, checkpoint, nonFinite = "stop", reportEvery = 10, signal } = options;
  // It is handed nothing but the state that its own init has made.
  const optimizer = options.optimizer as unknown as Optimizer<unknown>;
  const objective: Objective<P, S, B> = { model, loss, metrics, input };
  const step = trainingStep(objective, optimizer, nonFinite === "stop");
  const evaluate = evaluationStep(objective);

  const fresh = initialState(objective, variables, optimizer, seed);
  const resumed = options.resume && readCheckpoint(options.resume, fresh, variables);
  // In memory of its own, as the program takes over that of its argument.
  let state: TrainingState<P, S> = fromSnapshot(fresh, resumed?.state ?? (await takeSnapshot(fresh)));
  // An update that was left out before has not failed here.
  if (resumed) state = { ...state, failed: full([], -1, "i32") };
  const known: Watched =
    resumed && earlyStopping
      ? resumedBest(resumed, earlyStopping, validation !== undefined)
      : {
          ...(resumed?.progress.best && { best: resumed.progress.best }),
          ...(resumed?.bestVariables && { variables: resumed.bestVariables }),
          comparedFrom: resumed?.progress.comparedFrom ?? 0,
        };
  /** Epochs without a better value are counted from here where there is no best one. */
  const { comparedFrom } = known;
  let bestVariables: Snapshot | undefined = known.variables;
  let best: Best | undefined = known.best;
  const history: EpochRecord[] = [...(resumed?.progress.history ?? [])];
  let done = resumed?.progress.batch ?? 0;
  let updates = await state.update.item();

  const paced = pacing();
  const variablesNow = (): Variables<P, S> => ({ params: state.params, stats: state.stats });
  const save = async (epoch: number, batch: number): Promise<void> => {
    if (!checkpoint) return;
    const progress: Progress = {
      ...{ epoch, batch, history: [...history] },
      ...(best && { best }),
      ...(comparedFrom > 0 && { comparedFrom }),
    };
    const snapshot = await takeSnapshot(state);
    const bytes = writeCheckpoint({ state: snapshot, progress, ...(bestVariables && { bestVariables }) });
    await checkpoint.save(bytes, progress);
  };
  const expectFinite = async (): Promise<void> => {
    if (nonFinite === "skip") return;
    const failed = await state.failed.item();
    if (failed < 0) return;
    throw new Error(
      `fit: the loss or a gradient of update ${failed} (counted from 0) is not finite; lower the learning rate or put clipByGlobalNorm before the optimiser, ` +
        'find the operation with compile\'s debug.nan, or leave such updates out with nonFinite: "skip"',
    );
  };
  const validated = async (epoch: number): Promise<Record<string, number> | undefined> => {
    if (!validation) return undefined;
    let totals = fromSnapshot(emptyTotals(metrics), await takeSnapshot(emptyTotals(metrics)));
    let batches = 0;
    for await (const batch of validation.epoch(epoch)) {
      totals = await evaluate(totals, variablesNow(), batch);
      batches++;
      await paced(totals.count);
    }
    if (batches === 0) throw new Error(`fit: there is no batch in epoch ${epoch} of the validation`);
    return meansOf(totals);
  };
  const result = async (ended: FitResult<P, S>["ended"]): Promise<FitResult<P, S>> => {
    const { restoreBest = true } = earlyStopping ?? {};
    const chosen =
      earlyStopping && restoreBest && bestVariables ? fromSnapshot(variables, bestVariables) : variablesNow();
    return { variables: chosen, history, updates, ended, ...(best && { best }) };
  };
  const isPatient = (): boolean =>
    !earlyStopping ||
    history.length === 0 ||
    history.at(-1)!.epoch - (best?.epoch ?? comparedFrom - 1) < earlyStopping.patience;

  for (let epoch = resumed?.progress.epoch ?? 0; epoch < epochs; epoch++) {
    if (!isPatient()) return result("patience");
    let at = 0;
    for await (const batch of data.epoch(epoch)) {
      // Done before the interruption.
      if (at++ < done) continue;
      if (signal?.aborted) {
        await expectFinite();
        await save(epoch, at - 1);
        return result("signal");
      }
      state = await step(state, batch);
      updates++;
      await paced(state.failed);
      if (options.onUpdate && updates % reportEvery === 0) {
        await expectFinite();
        await options.onUpdate({ epoch, updates, train: await meansOf(state.totals) });
      }
      if (checkpoint?.everyUpdates && updates % checkpoint.everyUpdates === 0) {
        await expectFinite();
        await save(epoch, at);
      }
    }
    if (at === 0) throw new Error(`fit: there is no batch in epoch ${epoch} of the data`);
    done = 0;
    await expectFinite();

    const train = await meansOf(state.totals);
    const measured = await validated(epoch);
    const skipped = await state.skipped.item();
    const record: EpochRecord = { epoch, updates, train, skipped, ...(measured && { validation: measured }) };
    history.push(record);
    if (earlyStopping) {
      const better = betterOf(best, record, earlyStopping);
      if (better !== best && earlyStopping.restoreBest !== false) {
        bestVariables = await takeSnapshot(variablesNow());
      }
      best = better;
    }
    state = { ...state, totals: fromSnapshot(state.totals, await takeSnapshot(emptyTotals(metrics))) };
    await options.onEpoch?.(record);
    await save(epoch + 1, 0);
  }
  return result(isPatient() ? "epochs" : "patience");
}
