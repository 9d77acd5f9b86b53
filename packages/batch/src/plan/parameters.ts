import type { MethodRegistry } from "@clidim/denoise";
import type { DenoiserChoice, DenoisingSessionOptions, ForeignReader } from "@clidim/denoise/node";
import type { PageRange } from "@clidim/imaging";
import { z } from "zod";

const range = z.strictObject({ first: z.int().min(0), last: z.int().min(0) });
const planes = z.union([range, z.array(range)]);
const paths = z.array(z.string().min(1)).min(1);

type Planes = PageRange | PageRange[];

/** How a file is denoised, as a line of a plan has it: what `denoiseFiles` takes, with names in place of methods. */
export interface Parameters {
  /** One without training, or `AUTOMATIC`. Exactly one of this, `model` and `models`. */
  readonly method?: string | undefined;
  /** Paths. Of several, the mean of their results. */
  readonly model?: string[] | undefined;
  readonly models?: { readonly channel: string; readonly model: string[] }[] | undefined;
  /** Path of measured noise. */
  readonly noise?: string | undefined;
  readonly channel?: string[] | undefined;
  readonly z?: Planes | undefined;
  readonly t?: Planes | undefined;
  readonly nodata?: number | "none" | undefined;
  readonly captures?: "T" | "Z" | undefined;
  readonly normalization?: "model" | "image" | undefined;
  readonly ensemble?: boolean | undefined;
  readonly blend?: boolean | undefined;
  readonly uncertainty?: number | undefined;
  readonly samples?: number | undefined;
  readonly dtype?: "float32" | undefined;
  readonly report?: boolean | undefined;
}

/** What parameters are in a file. */
export const parametersSchema: z.ZodType<Parameters> = z
  .strictObject({
    method: z.string().min(1).optional(),
    model: paths.optional(),
    models: z
      .array(z.strictObject({ channel: z.string(), model: paths }))
      .min(1)
      .optional(),
    noise: z.string().min(1).optional(),
    channel: z.array(z.string()).min(1).optional(),
    z: planes.optional(),
    t: planes.optional(),
    nodata: z.union([z.number(), z.literal("none")]).optional(),
    captures: z.enum(["T", "Z"]).optional(),
    normalization: z.enum(["model", "image"]).optional(),
    ensemble: z.boolean().optional(),
    blend: z.boolean().optional(),
    uncertainty: z.int().min(2).optional(),
    samples: z.int().min(1).optional(),
    dtype: z.literal("float32").optional(),
    report: z.boolean().optional(),
  })
  .refine(({ method, model, models }) => [method, model, models].filter(Boolean).length === 1, {
    message: "expected one of method, model and models",
  });

/** The method of parameters that leave the choice to each file. */
export const AUTOMATIC = "automatic";

/** What denoises with parameters into `out`; `foreign` reads models of other programs. `InputError`s for a method that is not known. */
export function sessionOptions(
  parameters: Parameters,
  out: string,
  methods: MethodRegistry,
  foreign?: ForeignReader,
): DenoisingSessionOptions {
  const { method, model, models, channel, noise, normalization, ensemble, blend, uncertainty, samples } =
    parameters;
  const { dtype, report, z: depths, t, nodata, captures } = parameters;
  const images = {
    ...{ out, z: depths, t, nodata, captures },
    ...(normalization && { normalization }),
    ...(ensemble !== undefined && { ensemble }),
    ...(blend !== undefined && { blend }),
    ...(uncertainty !== undefined && { uncertainty }),
    ...(samples !== undefined && { samples }),
    ...(dtype && { dtype }),
    ...(report !== undefined && { report }),
  };
  const chosen = (): DenoiserChoice => {
    if (models) return { methods, models, foreign, noise };
    if (model) return { methods, model, foreign, noise, channel };
    if (method === undefined) throw new Error("sessionOptions: expected a method or models, got neither");
    if (method === AUTOMATIC) return { methods, method: AUTOMATIC, noise, channel };
    return { method: methods.classicalNamed(method), noise, channel };
  };
  return { ...images, ...chosen() };
}
