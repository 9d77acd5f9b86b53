import type { ReadyModel } from "@clidim/denoise/node";
import { zooModels } from "@clidim/zoo";
import { modelPath } from "../models/modelPath.js";
import { openReadyModel } from "../models/openReadyModel.js";

/** The models that the site brings with it, as the choice among methods is told of them; fetched when they are first compared. */
export const comparedModels: readonly ReadyModel[] = zooModels.map(({ name, title }) => ({
  ...{ name: `zoo:${name}`, title },
  path: async () => modelPath(await openReadyModel(name)),
}));
