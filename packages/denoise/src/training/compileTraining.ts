import { type CompileOptions, compile, type Tensor, type Tree } from "@clidim/tensor";
import type { TrainingBatch } from "../protocol/batch.js";
import type { TrainedMethod, TrainingPhase } from "../protocol/method.js";
import { phaseAt } from "../protocol/phaseAt.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { TrainingState } from "./trainingState.js";
import { trainingUpdate } from "./trainingUpdate.js";

/** The updates of a run: `update` is the number of updates done, `given` what the update is computed from. */
export type CompiledTraining<S, B> = (
  state: TrainingState<S>,
  given: B,
  update: number,
) => Promise<TrainingState<S>>;

/**
 * A whole run's updates, compiled phase by phase when the first update of one comes. State and batch are donated. With `batchOf` a call is given
 * something else, such as a `CropOrder`, that the batch is computed from inside the compiled update.
 */
export function compileTraining<C extends RunConfiguration, S>(
  method: TrainedMethod<C, S>,
  configuration: C,
  options?: Pick<CompileOptions, "device">,
): CompiledTraining<S, TrainingBatch>;
export function compileTraining<C extends RunConfiguration, S, B extends Tree<Tensor>>(
  method: TrainedMethod<C, S>,
  configuration: C,
  options: Pick<CompileOptions, "device"> & { readonly batchOf: (given: B) => TrainingBatch },
): CompiledTraining<S, B>;
export function compileTraining<C extends RunConfiguration>(
  method: TrainedMethod<C>,
  configuration: C,
  {
    batchOf = (batch) => batch,
    ...options
  }: Pick<CompileOptions, "device"> & { readonly batchOf?: (given: TrainingBatch) => TrainingBatch } = {},
): CompiledTraining<Tree<Tensor>, TrainingBatch> {
  const compiled = (step: Pick<TrainingPhase, "step">) => {
    const update = trainingUpdate(configuration, step);
    return compile((state: TrainingState, given: TrainingBatch) => update(state, batchOf(given)), {
      ...options,
      donate: [0, 1],
    });
  };
  const phases = method.phases(configuration).map((phase) => ({
    from: phase.from,
    run: compiled(phase),
    periodic: phase.periodic && { every: phase.periodic.every, run: compiled(phase.periodic) },
  }));
  return (state, given, update) => {
    const { run, periodic } = phaseAt(phases, update);
    return periodic && update % periodic.every === 0 ? periodic.run(state, given) : run(state, given);
  };
}
