import { valueAndGrad } from "@clidim/autograd";
import {
  type AdamState,
  adam,
  layers,
  mse,
  type ParamsOf,
  type State,
  type StatsOf,
  type VariablesOf,
} from "@clidim/nn";
import {
  bernoulli,
  cast,
  div,
  foldIn,
  key,
  maximum,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from "@clidim/tensor";
import { z } from "zod";
import {
  atPrecision,
  type ConfigurationSpace,
  checkRun,
  cropField,
  type HeldImages,
  type MethodVariables,
  noMembers,
  normalizationChoice,
  normalizationFields,
  notes,
  oneOf,
  type RunConfiguration,
  real,
  runFields,
  scaledOptimizer,
  type Target,
  type TrainedMethod,
  whole,
} from "../../src/index.js";

/** The keys of methods that there are in tests alone. */
export type FictitiousConfiguration = RunConfiguration & {
  /** Pixels that the first kernel reaches to each side. */
  readonly kernel: number;
  readonly learningRate: number;
};

export type FictitiousState = VariablesOf<Network> & { readonly optimizer: State<AdamState, Weights> };

const CHANNELS = 16;

type Network = ReturnType<typeof networkOf>;
type Weights = ParamsOf<Network>;

/** Between two convolutions of few channels one of as many as matrix products are tuned for. */
const networkOf = ({ kernel }: Pick<FictitiousConfiguration, "kernel">) =>
  layers.sequential(
    layers.conv2d({ out: CHANNELS, kernel: 2 * kernel + 1, padding: kernel }),
    layers.relu(),
    layers.conv2d({ out: CHANNELS, kernel: 1 }),
    layers.relu(),
    layers.conv2d({ out: 1, kernel: 1 }),
  );

const presetNames = ["plain", "wide"] as const;

const fields = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  kernel: whole(1, 5, "Pixels that the first kernel reaches to each side."),
  learningRate: real(1e-9, 1, "Adam's learning rate."),
  crop: cropField(8, "a multiple of 4"),
  batch: runFields.batch,
  updates: runFields.updates,
  precision: runFields.precision,
  shots: runFields.shots,
  regions: runFields.regions,
  split: runFields.split,
  selection: runFields.selection,
  guard: runFields.guard,
} as const;

const schema = z.strictObject({ ...fields, normalization: normalizationChoice, notes });

const space: ConfigurationSpace<FictitiousConfiguration> = {
  presets: presetNames,
  presetGuide: { plain: "For tests: a moment.", wide: "For tests of presets: a moment." },
  groups: { "": fields, normalization: normalizationFields },
  schema,
  check: (configuration, refuse) => checkRun(configuration, { of: 4, text: "4" }, refuse),
  defaults: {
    kernel: 1,
    learningRate: 0.02,
    crop: 16,
    batch: 4,
    updates: 20,
    precision: "float32",
    normalization: { mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 },
    shots: 0,
    regions: [],
    split: "auto",
    selection: "validation",
    guard: false,
    notes: [],
  },
  changes: { wide: { kernel: 2 } },
  common: { updates: "length of the training", learningRate: "Adam's", precision: "of the arithmetic" },
};

/** The protocol gives back what `variables` or `template` gave it. */
const ofNetwork = ({ params, stats }: MethodVariables): VariablesOf<Network> => ({
  params: params as Weights,
  stats: stats as StatsOf<Network>,
});

const hiddenPixels = (draws: Tensor, noisy: Tensor): Tensor => bernoulli(draws, 0.25, noisy.shape);

/** Mean square of what the network makes of pixels that it does not see, as their neighbours are all that it is given. */
function blindLoss(network: Network, variables: VariablesOf<Network>, noisy: Tensor, draws: Tensor): Tensor {
  const hidden = hiddenPixels(draws, noisy);
  const { output } = network.apply(variables, where(hidden, 0, noisy), { train: true });
  const weights = cast(hidden, "f32");
  return div(sum(mul(weights, square(sub(output, noisy)))), maximum(sum(weights), 1));
}

/** A small network, trained on pairs with clean images or other captures or, with target "none", to predict hidden pixels. */
export function fictitious(
  target: Target,
  { name = `fictitious-${target}`, version = 1 }: { readonly name?: string; readonly version?: number } = {},
): TrainedMethod<FictitiousConfiguration, FictitiousState> {
  return {
    kind: "trained",
    name,
    version,
    title: `Fictitious (${target})`,
    summary: "A small network, for tests.",
    guide: { gives: [], time: "seconds", when: "a test wants one", cannot: "denoise well" },
    space,
    target,
    members: () => (target === "capture" ? { capture: "other", places: true, noise: true } : noMembers),
    cropFor: (_configuration, side) => (side < 8 ? undefined : { crop: 4 * Math.floor(side / 4) }),
    metrics: ["error"],
    shown: () => [{ metric: "error", label: "error", digits: 4 }],
    init(configuration, seed) {
      const variables = networkOf(configuration).init(key(seed), [1, 16, 16, 1]);
      return { state: { ...variables, optimizer: adam().init(variables.params) }, key: foldIn(key(seed), 1) };
    },
    phases(configuration) {
      const network = atPrecision(configuration, networkOf(configuration));
      return [
        {
          from: 0,
          step({ params, stats, optimizer: before }, batch, { key: draws, lossScale }) {
            const { noisy, clean, capture, ...further } = batch;
            const names = Object.keys(further).toSorted().join();
            if (names !== (target === "capture" ? "corners,noise,scenes" : "")) {
              throw new Error(`${name}: the batch has ${names}`);
            }
            const optimizer = scaledOptimizer(adam({ learningRate: configuration.learningRate }), lossScale);
            const lossOf = (now: Weights): Tensor => {
              const variables = { params: now, stats };
              const truth = clean ?? capture;
              if (!truth) return blindLoss(network, variables, noisy, draws);
              return mse(network.apply(variables, noisy, { train: true }).output, truth);
            };
            const { value, grads } = valueAndGrad((now: Weights) => optimizer.scale(lossOf(now)))(params);
            const after = optimizer.update(grads, before, params);
            return {
              state: { params: after.params, stats, optimizer: after.state },
              metrics: { error: optimizer.unscale(value) },
              taken: optimizer.finite(),
              ...optimizer.next(),
            };
          },
        },
      ];
    },
    variables: ({ params, stats }) => ({ params, stats }),
    template: (configuration) => networkOf(configuration).init(key(0), [1, 16, 16, 1]),
    weights: ({ params }) => params,
    ...(target !== "clean" && {
      held(configuration: FictitiousConfiguration) {
        const network = networkOf(configuration);
        return (variables: MethodVariables, { noisy, capture = noisy }: HeldImages, draws: Tensor) =>
          target === "none"
            ? {
                loss: blindLoss(network, ofNetwork(variables), noisy, draws),
                pixels: sum(cast(hiddenPixels(draws, noisy), "f32")),
              }
            : {
                loss: mse(network.apply(ofNetwork(variables), noisy, { train: false }).output, capture),
                pixels: tensor(noisy.shape.reduce((product, extent) => product * extent, 1)),
              };
      },
    }),
    apply(configuration) {
      const network = networkOf(configuration);
      return (variables, x) => network.apply(ofNetwork(variables), x, { train: false }).output;
    },
    sampled(configuration) {
      if (target === "clean") return "nothing that is drawn";
      const network = networkOf(configuration);
      return (variables, x, draws) => {
        const seen = where(hiddenPixels(draws, x), 0, x);
        return network.apply(ofNetwork(variables), seen, { train: false }).output;
      };
    },
    geometry: () => ({ multiple: 4, bytesPerPixel: 4 * CHANNELS }),
  };
}
