import type { Remedy } from "./method.js";
import type { RunConfiguration } from "./runConfiguration.js";

/** The remedy of methods that know of no other; undefined for those without a learning rate of this name. */
export const halvedLearningRate = <C extends RunConfiguration>(configuration: C): Remedy<C> | undefined =>
  configuration.learningRate === undefined
    ? undefined
    : {
        configuration: { ...configuration, learningRate: configuration.learningRate / 2 },
        words: "with half the learning rate",
      };
