import { type ClidimState, clidim, generatorOf } from "@clidim/clidim";
import {
  initialTrainingState,
  resetMetrics,
  resolveConfiguration,
  type TrainingState,
  trainingUpdate,
} from "@clidim/denoise";
import { importStateDict } from "@clidim/nn";
import { compile, flatten, type Tensor, type Tree, unflatten } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { Fixture, relativeError, stateDict, toImage } from "./fixture.js";

const fixture = new Fixture("steps");
const configuration = resolveConfiguration(clidim, "as-released", {
  downs: 7,
  ngf: 4,
  ndf: 4,
  crop: 128,
  batch: 2,
  dropout: 0,
  normalization: { mode: "minmax", scope: "data" },
  contrastive: { mode: "off" },
});

/** One update with its metrics. */
const update = trainingUpdate(configuration, clidim.phases(configuration).at(-1)!);

function start(): TrainingState<ClidimState> {
  const state = initialTrainingState(clidim, configuration, 0);
  const load = <P>(network: { params: P }, prefix: string): P =>
    importStateDict({ params: network.params, stats: {} }, fixture.under(prefix)).params;
  const { generator, discriminator } = state.method as Required<ClidimState>;
  return {
    ...state,
    method: {
      ...state.method,
      generator: { ...generator, params: load(generator, "start/G/") },
      discriminator: { ...discriminator, params: load(discriminator, "start/D/") },
    },
  };
}

const batch = () => ({ noisy: fixture.image("noisy"), clean: fixture.image("clean") });

/** The losses of each of three updates, and the state after them. */
type Run = { losses: Readonly<Record<string, Tensor>>[]; end: TrainingState<ClidimState> };

function interpreted(): Run {
  const losses: Run["losses"] = [];
  let end = start();
  for (let i = 0; i < 3; i++) {
    end = update(resetMetrics(end), batch());
    losses.push(end.metrics.sums);
  }
  return { losses, end };
}

async function compiled(): Promise<Run> {
  const step = compile(update, { donate: [0, 1] });
  const losses: Run["losses"] = [];
  let end = start();
  for (let i = 0; i < 3; i++) {
    end = await step(resetMetrics(end), batch());
    losses.push(end.metrics.sums);
  }
  return { losses, end };
}

const afterwards = ({ end }: Run): Tensor => {
  const { params, stats } = end.method.generator;
  return toImage(generatorOf(configuration).apply({ params, stats }, batch().noisy, { train: false }).output);
};

type Read = (outputs: readonly Tensor[]) => Promise<ArrayLike<number>[]>;

const executors: readonly (readonly [string, () => Run | Promise<Run>, Read])[] = [
  ["float64 interpreter", interpreted, async (outputs) => interpret(outputs)],
  ["compiled on the device", compiled, (outputs) => Promise.all(outputs.map((output) => output.data()))],
];

describe.each(executors)("three training steps against PyTorch: %s", (_name, train, read) => {
  it("losses, weights, running statistics and the output at the end", async () => {
    const run = await train();
    const named = {
      ...Object.fromEntries(
        Object.entries(stateDict(run.end.method.generator)).map(([k, v]) => [`G/${k}`, v]),
      ),
      ...Object.fromEntries(
        Object.entries(stateDict(run.end.method.discriminator!)).map(([k, v]) => [`D/${k}`, v]),
      ),
    };
    const expected = fixture.under("end/");
    expect(Object.keys(named).toSorted()).toEqual(Object.keys(expected).toSorted());

    const tree: Tree<Tensor> = {
      losses: run.losses.flatMap(({ generator, discriminator }) => [generator!, discriminator!]),
      output: afterwards(run),
      named,
    };
    const { leaves, structure } = flatten(tree);
    const values = unflatten(structure, await read(leaves)) as unknown as {
      losses: ArrayLike<number>[];
      output: ArrayLike<number>;
      named: Record<string, ArrayLike<number>>;
    };

    const losses = Float64Array.from(values.losses, (loss) => loss[0]!);
    expect(relativeError(losses, fixture.host("losses_G_D").data)).toBeLessThan(1e-5);
    expect(relativeError(values.output, fixture.host("output_eval_end").data)).toBeLessThan(1e-3);
    const rate = configuration.learningRate;
    let [count, off] = [0, 0];
    for (const [name, { data }] of Object.entries(expected)) {
      const found = values.named[name]!;
      if (name.includes("running")) {
        expect(relativeError(found, data), name).toBeLessThan(1e-4);
        continue;
      }
      const differences = data.map((value, i) => Math.abs(found[i]! - value));
      // Where a gradient is next to nothing, Adam's first steps may go either way.
      expect(Math.max(...differences), name).toBeLessThan(3 * 2.05 * rate);
      off += differences.filter((difference) => difference > 0.02 * rate).length;
      count += differences.length;
    }
    expect(off / count).toBeLessThan(0.002);
  });
});
