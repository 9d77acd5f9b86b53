import { fileURLToPath } from "node:url";
import type { ReadyModel } from "@clidim/denoise/node";
import { zooModels } from "@clidim/zoo";
import { ZOO } from "./zooPath.js";

/** The models of the zoo, as the choice among methods is told of them. */
export const readyModels: readonly ReadyModel[] = zooModels.map(({ name, title, file }) => ({
  ...{ name: ZOO + name, title },
  path: async () => fileURLToPath(file),
}));
