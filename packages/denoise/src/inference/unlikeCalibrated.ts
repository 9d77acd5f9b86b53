import type { Model } from "../model/modelFile.js";
import { type AppliedBlend, isLargeEnough } from "./blend.js";
import { orientationsOf } from "./orientationsOf.js";

/** How a model is applied, and to pages of which size; default: to such that any method can be applied to. */
interface Applied {
  readonly ensemble?: boolean;
  readonly blend?: AppliedBlend | undefined;
  readonly page?: { readonly width: number; readonly height: number };
}

/** In what the results of a model are not those that its uncertainty was measured on: a sentence each, none where it has no uncertainty. */
export function unlikeCalibrated(
  model: Pick<Model, "uncertainty" | "blend" | "method" | "configuration">,
  { ensemble, blend, page }: Applied,
): string[] {
  if (!model.uncertainty) return [];
  const [measured, applied] = [orientationsOf(model, undefined), orientationsOf(model, ensemble)];
  const blended = blend && (!page || isLargeEnough(blend.method, page));
  return [
    ...(model.blend && model.blend.weight > 0 && !blended
      ? [
          `it was measured on means with ${model.blend.method}, and the errors of the network alone may be larger`,
        ]
      : []),
    ...(measured > applied
      ? [`it was measured on means over ${measured} orientations, and the errors of ${applied} may be larger`]
      : []),
    ...(measured < applied
      ? [
          `it was measured on results of ${measured} orientation, and the errors of means over ${applied} may be smaller`,
        ]
      : []),
  ];
}
