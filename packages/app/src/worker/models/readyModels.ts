import { zooModels } from "@clidim/zoo";
import type { ReadyModel } from "../../engine/engine.js";

/** The models that the site brings with it, as the page shows them. */
export const readyModels = (): readonly ReadyModel[] =>
  zooModels.map(({ name, title, when, cannot }) => ({
    name,
    title,
    summary: `For images where ${when}. It cannot ${cannot}.`,
  }));
