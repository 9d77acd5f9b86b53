import type { FileHash } from "@clidim/imaging/node";
import type { Model } from "../model/modelFile.js";
import { methodId } from "../protocol/method.js";
import { framesOf } from "../protocol/runConfiguration.js";
import type { AppliedBlend } from "./blend.js";
import type { FrameGroups } from "./frameStack.js";
import { orientationsOf } from "./orientationsOf.js";
import type { DenoiserRecord } from "./resultRecord.js";
import { sharedFrames } from "./sharedFrames.js";

/** What bears on the results of models. */
interface ModelsOptions {
  readonly normalization?: "model" | "image";
  readonly ensemble?: boolean;
  readonly captures?: FrameGroups["axis"] | undefined;
  /** What the result of each model is a mean with. */
  readonly blends?: readonly (AppliedBlend | undefined)[];
}

/** The record of results by models in these files; `given`: what it says of other options. */
export function modelsRecord(
  models: readonly Model[],
  files: readonly FileHash[],
  { normalization, ensemble, captures = "T", blends = [] }: ModelsOptions,
  given: DenoiserRecord["options"] = {},
): DenoiserRecord {
  const several = models.filter((model) => orientationsOf(model, ensemble) > 1).length;
  const frames = sharedFrames(models.map(({ configuration }) => framesOf(configuration)));
  return {
    methods: models.map(({ method }) => methodId(method)),
    models: files,
    options: {
      ...(normalization && { normalization }),
      // Nothing where there is but one orientation, or each capture is by itself.
      ...(several > 0 && { ensemble: several === models.length ? true : "some models" }),
      ...(frames > 1 && { frames: `${frames} along ${captures}` }),
      ...(blends.some((blend) => blend) && { blend: blendsText(models, blends) }),
      ...given,
    },
  };
}

/** "0.26 of bm3d@1"; of several models with different ones, that of each. */
function blendsText(models: readonly Model[], blends: readonly (AppliedBlend | undefined)[]): string {
  const texts = models.map((_, i) => {
    const blend = blends[i];
    return blend ? `${blend.weight.toFixed(2)} of ${methodId(blend.method)}` : "none";
  });
  return [...new Set(texts)].length === 1 ? texts[0]! : texts.join(" and ");
}
