import type { ModelChoice } from "../../engine/engine.js";

export const isSameModel = (one: ModelChoice | undefined, other: ModelChoice): boolean =>
  one !== undefined &&
  ("run" in one ? "run" in other && one.run === other.run : "model" in other && one.model === other.model);
