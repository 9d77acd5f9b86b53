import type { RunConfiguration } from "../protocol/runConfiguration.js";

type Timed = Pick<RunConfiguration, "updates" | "schedule" | "plateau">;

const MOST = 50;

/** Updates between two log points: 50, in shorter runs about a hundredth of them; where validations steer the learning rate, the largest part of an epoch up to 50. It depends on the configuration alone, as does where validation figures are. */
export function logInterval(configuration: Timed): number {
  const epoch = epochOf(configuration);
  if (epoch === undefined) return Math.min(MOST, Math.max(1, Math.round(configuration.updates / 100)));
  let interval = Math.min(MOST, epoch);
  while (epoch % interval !== 0) interval--;
  return interval;
}

/** Updates between two validations, a multiple of `logInterval`: that of every tenth log point, or what steers the learning rate wants. There is one after the last update, too. */
export const validationInterval = (configuration: Timed): number =>
  epochOf(configuration) ?? 10 * logInterval(configuration);

const epochOf = ({ schedule, plateau }: Timed): number | undefined =>
  schedule === "plateau" ? plateau?.epoch : undefined;
