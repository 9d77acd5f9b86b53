import { fluorescence } from "./fluorescence.js";
import type { ZooModel } from "./zooModel.js";

export type { Measured, Scores, ZooModel } from "./zooModel.js";

/** All models, in the order in which they are listed. */
export const zooModels: readonly ZooModel[] = [fluorescence];
