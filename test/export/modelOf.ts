import { type Model, resolveConfiguration, type TrainedMethod } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import { flatten, type Tensor, type Tree, tensor, unflatten } from "@clidim/tensor";
import { small } from "../../packages/methods/test/small.js";

/** Those that are the mean of what they draw. */
export const drawing: ReadonlySet<string> = new Set(
  methods.trained.filter(({ posteriorSample }) => posteriorSample).map(({ name }) => name),
);

/** A tiny model of fresh weights, with everything that a model file can have, its weights on the host. */
export async function modelOf(
  method: TrainedMethod,
  overrides: object = {},
): Promise<
  Pick<Model, "method" | "configuration" | "variables" | "normalization"> & {
    readonly fluxCalibration: NonNullable<Model["fluxCalibration"]>;
  }
> {
  const configuration = resolveConfiguration(method, method.space.presets[0]!, {
    ...small[method.name],
    ...overrides,
  });
  const { leaves, structure } = flatten(
    method.variables(method.init(configuration, 3).state) as Tree<Tensor>,
  );
  const host: Tensor[] = [];
  for (const leaf of leaves) {
    host.push(tensor(Float32Array.from(await leaf.data()), { shape: leaf.shape }));
  }
  return {
    method,
    configuration,
    variables: unflatten(structure, host) as Model["variables"],
    normalization: {
      mode: "standard",
      low: 90,
      high: 700,
      lowPercent: 0,
      highPercent: 100,
      bound: 3,
      centre: 0.5,
    },
    fluxCalibration: { gain: 1.01, offset: 0.02, crops: 4, before: 0.01 },
  };
}
