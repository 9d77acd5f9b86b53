import type { RunConfiguration } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { add, clip, div, mul, sub, type Tensor } from "@clidim/tensor";
import type { NetworkDescription, Step } from "./networkDescription.js";

/** What becomes of grey values on their way through the network. */
export interface Steps {
  /** The step that is fitted to each image; the rest is between it and the network. Undefined: the network takes grey values. */
  readonly fitted?: RunConfiguration["normalization"];
  readonly before: (x: Tensor) => Tensor;
  readonly after: (x: Tensor) => Tensor;
}

const isLinear = (step: Step): step is Extract<Step, { readonly kind: "scale" }> => step.kind === "scale";
const isFitted = ({ kind }: Step): boolean => kind === "standard" || kind === "percentiles";

/**
 * The steps of a description. Where nothing after the network takes its values back to grey values, the steps before it are undone, as results of a denoiser are in the units of what it was given. `InputError`s for steps that cannot be undone,
 * or that would have to see the whole result.
 */
export function stepsOf({
  name,
  before,
  after,
}: Pick<NetworkDescription, "name" | "before" | "after">): Steps {
  const at = before.findLastIndex(isFitted);
  const fitted = before[at];
  const earlier = before.slice(0, Math.max(0, at));
  if (earlier.some((step) => !isLinear(step) || step.gain <= 0)) {
    throw new InputError(
      `${name}: its preprocessing fits ${fitted?.kind === "standard" ? "zero_mean_unit_variance" : "scale_range"} to what other steps have made of the image, of which scale_linear with a gain above 0 alone is known`,
    );
  }
  if (after.some(isFitted)) {
    throw new InputError(
      `${name}: its postprocessing goes by the values of the whole result (zero_mean_unit_variance or scale_range), which are not grey values; export the model without it`,
    );
  }
  const inside = before.slice(at + 1);
  const linear = inside.filter(isLinear);
  // What postprocessing brings back to grey values is left as it is.
  const returned = after.some(isLinear);
  if (returned && fitted) {
    throw new InputError(
      `${name}: its preprocessing is fitted to each image and its postprocessing is scale_linear, so that it is not known which grey values results have`,
    );
  }
  // Percentiles go to 0 and 1 there, to -1/2 and +1/2 here.
  const shift = fitted?.kind === "percentiles" ? 0.5 : 0;
  return {
    ...(fitted && {
      fitted:
        fitted.kind === "percentiles"
          ? { mode: "percentile", low: fitted.low, high: fitted.high, bound: 0.5 }
          : { mode: "standard" },
    }),
    before: (x) => inside.reduce(applied, shift === 0 ? x : add(x, shift)),
    after: (x) => {
      const y = after.reduce(applied, x);
      if (returned) return y;
      const undone = linear.reduceRight((value, { gain, offset }) => div(sub(value, offset), gain), y);
      return shift === 0 ? undone : sub(undone, shift);
    },
  };
}

function applied(x: Tensor, step: Step): Tensor {
  switch (step.kind) {
    case "scale":
      return add(mul(x, step.gain), step.offset);
    case "clip":
      return clip(x, step.min, step.max);
    case "standard":
    case "percentiles":
      throw new Error(`stepsOf: ${step.kind} is fitted to the image`);
    default:
      return step satisfies never;
  }
}
