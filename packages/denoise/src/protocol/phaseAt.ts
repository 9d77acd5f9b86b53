import type { TrainingPhase } from "./method.js";

/** The phase that the update after `update` done ones belongs to. */
export function phaseAt<P extends Pick<TrainingPhase, "from">>(phases: readonly P[], update: number): P {
  const phase = phases.findLast(({ from }) => from <= update);
  if (!phase) throw new Error(`phaseAt: the number of updates done is 0 or more, got ${update}`);
  return phase;
}
