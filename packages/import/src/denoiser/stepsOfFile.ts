import { InputError } from "@clidim/imaging";
import { z } from "zod";
import type { Step } from "./networkDescription.js";

const step = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  kwargs: z.record(z.string(), z.unknown()).nullish(),
});

/** A number, or the one number of a list, as of one channel. */
const single = z.union([
  z.number(),
  z
    .array(z.number())
    .length(1)
    .transform(([only]) => only!),
]);

/** Over which axes a step that goes by the image takes its statistics: letters (0.4) or names (0.5). Default: all. */
const axes = z.union([z.string(), z.array(z.string())]).nullish();

/** Whether these are those of a whole image. */
const isWhole = (over: z.infer<typeof axes>): boolean =>
  over == null || (over.includes("y") && over.includes("x"));

const NOT_WHOLE = "it goes by each row or column for itself";

/** Why a step is refused; what follows "is not done: ". */
const refused: Readonly<Record<string, string>> = {
  sigmoid: "it makes probabilities of what the network gives, not grey values",
  softmax: "it makes probabilities of what the network gives, not grey values",
  binarize: "it makes a mask of what the network gives, not grey values",
  scale_mean_variance: "it goes by the whole result, which is made in tiles",
};

/** Steps of an archive in the words of format 0.4 (`name`, `kwargs`) or 0.5 (`id`, `kwargs`). An `InputError` that names the step where it is not known or has no place in denoising. */
export function stepsOfFile(list: readonly unknown[], input: string, what: string): Step[] {
  return list.flatMap((one) => {
    const { name, id, kwargs } = step.parse(one);
    const called = id ?? name ?? "a step without a name";
    const parse = <T extends z.ZodType>(schema: T): z.infer<T> => {
      const found = schema.safeParse(kwargs ?? {});
      if (found.success) return found.data;
      throw new InputError(`${what} ${called}: ${z.prettifyError(found.error)}`);
    };
    const refuse = (reason: string): never => {
      throw new InputError(`${what} ${called} is not done: ${reason}`);
    };
    switch (called) {
      case "scale_linear": {
        const { gain, offset } = parse(z.object({ gain: single.default(1), offset: single.default(0) }));
        return gain === 0 ? refuse("its gain is 0") : [{ kind: "scale", gain, offset }];
      }
      case "clip": {
        const given = parse(
          z.object({
            ...{ min: z.number().nullish(), max: z.number().nullish() },
            ...{ min_percentile: z.number().nullish(), max_percentile: z.number().nullish() },
          }),
        );
        if ((given.min_percentile ?? given.max_percentile) != null) {
          refuse("its bounds are percentiles of the image, and a pixel beyond them would be lost");
        }
        return [
          {
            kind: "clip",
            min: given.min ?? Number.NEGATIVE_INFINITY,
            max: given.max ?? Number.POSITIVE_INFINITY,
          },
        ];
      }
      case "fixed_zero_mean_unit_variance":
        return [fixed(parse(z.object({ mean: single, std: single })))];
      case "zero_mean_unit_variance": {
        const given = parse(
          z.object({
            mode: z.string().optional(),
            ...{ mean: single.nullish(), std: single.nullish(), axes },
          }),
        );
        const { mean, std } = given;
        // The mode of format 0.4 is fixed where it is not said; format 0.5 has neither mode nor mean here.
        if (given.mode === undefined ? mean == null : given.mode !== "fixed") {
          if (!isWhole(given.axes)) refuse(NOT_WHOLE);
          return [{ kind: "standard" }];
        }
        return mean == null || std == null
          ? refuse("it is fixed, but has no mean and std")
          : [fixed({ mean, std })];
      }
      case "scale_range": {
        const given = parse(
          z.object({
            min_percentile: z.number().default(0),
            max_percentile: z.number().default(100),
            ...{ reference_tensor: z.string().nullish(), axes },
          }),
        );
        if (!isWhole(given.axes)) refuse(NOT_WHOLE);
        if (given.reference_tensor && given.reference_tensor !== input)
          refuse(`it goes by ${given.reference_tensor}`);
        return [{ kind: "percentiles", low: given.min_percentile, high: given.max_percentile }];
      }
      case "ensure_dtype": {
        const { dtype } = parse(z.object({ dtype: z.string() }));
        return dtype.startsWith("float")
          ? []
          : refuse(`${dtype} would round what the network is given or gives`);
      }
      default:
        return refuse(refused[called] ?? "it is not known");
    }
  });
}

/** (x - mean) / std. */
const fixed = ({ mean, std }: { readonly mean: number; readonly std: number }): Step => ({
  kind: "scale",
  gain: 1 / std,
  offset: -mean / std,
});
