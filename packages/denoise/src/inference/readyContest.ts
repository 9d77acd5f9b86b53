import type { MethodRegistry } from "../protocol/registry.js";
import { canDoWithout } from "./canDoWithout.js";
import type { PagePart } from "./chooseClassical.js";
import { compareReadyModel, type ReadyComparison, type ReadyOptions } from "./compareReadyModel.js";
import type { ChosenClassical } from "./contender.js";
import { type LoadedReadyModel, loadReadyModels, type ReadyModel } from "./readyModel.js";

/** The ready model that comes nearest to hidden pixels, by itself or in a mean with a classical method, and how near both come. */
export interface ReadyOutcome extends LoadedReadyModel {
  readonly comparison: ReadyComparison;
}

/** Compares ready models with the best classical method of a file (`compareReadyModel`); in words that go on after "no ready model was compared, as", why there are none. */
export type ReadyContest = (
  chosen: Pick<ChosenClassical, "method" | "parameters">,
  parts: readonly PagePart[],
  options: ReadyOptions<PagePart>,
) => Promise<ReadyOutcome | string>;

/** A contest of models that are loaded when the first file comes; undefined without any. `surviveLoss`: as of `automaticDenoiser`. */
export function readyContest(
  ready: readonly ReadyModel[],
  methods: MethodRegistry,
  surviveLoss: boolean,
): ReadyContest | undefined {
  if (ready.length === 0) return undefined;
  let loading: ReturnType<typeof loadReadyModels> | undefined;
  return async (chosen, parts, options) => {
    loading ??= loadReadyModels(ready, methods);
    const loaded = await loading;
    if (typeof loaded === "string") return loaded;
    let best: ReadyOutcome | undefined;
    for (const one of loaded) {
      let comparison: ReadyComparison | undefined;
      try {
        comparison = await compareReadyModel(one.model, chosen, parts, options);
      } catch (error) {
        if (!canDoWithout(error, surviveLoss)) throw error;
        return `${one.name} cannot be applied here: ${error.message}`;
      }
      if (!comparison) return "no noise was found in the image";
      // In parts of the classical method's, as they may have been compared on fewer pixels.
      const ratioOf = ({ learnt, classical }: ReadyComparison): number => learnt / classical;
      if (!best || ratioOf(comparison) < ratioOf(best.comparison)) best = { ...one, comparison };
    }
    return best!; // there is one
  };
}
