import {
  compileTraining,
  exportCheckpoint,
  importCheckpoint,
  initialTrainingState,
  resolveConfiguration,
  type TrainingState,
} from "@clidim/denoise";
import { evaluate, leavesWithPaths, mapTree, type Tensor, type Tree } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { Configuration } from "../../src/schema.js";
import type { ClidimState } from "../../src/state.js";
import { batchOf, smallConfiguration } from "./smallRun.js";

const plain: Configuration = { ...smallConfiguration, emaDecay: 0 };
const emaDecay = 0.3;
const averaging: Configuration = { ...plain, emaDecay };

async function valuesOf(tree: Tree<Tensor>): Promise<Record<string, number[]>> {
  const leaves = leavesWithPaths(tree);
  await evaluate(leaves.map(([, leaf]) => leaf));
  const entries: [string, number[]][] = [];
  for (const [path, leaf] of leaves) entries.push([path, [...(await leaf.data())]]);
  return Object.fromEntries(entries);
}

/** The updates from..to-1 of a run, compiled once. */
function trainer(
  configuration: Configuration,
): (state: TrainingState<ClidimState>, from: number, to: number) => Promise<TrainingState<ClidimState>> {
  const step = compileTraining(clidim, configuration);
  return async (state, from, to) => {
    let current = state;
    for (let update = from; update < to; update++)
      current = await step(current, batchOf(configuration, update), update);
    return current;
  };
}

const trainAveraging = trainer(averaging);

const fresh = (configuration: Configuration): TrainingState<ClidimState> =>
  initialTrainingState(clidim, configuration, 3);

const generatorOf = ({ method: { generator } }: TrainingState<ClidimState>) => ({
  params: generator.params,
  stats: generator.stats,
});

describe("the moving average of the generator", () => {
  it("is what its definition gives, statistics among it, is what is applied, and does not touch the training", async () => {
    let expected = await valuesOf(generatorOf(fresh(averaging)));
    const trainPlain = trainer(plain);
    let [state, other] = [fresh(averaging), fresh(plain)];
    for (let update = 0; update < 4; update++) {
      state = await trainAveraging(state, update, update + 1);
      other = await trainPlain(other, update, update + 1);
      const decay = Math.min(emaDecay, (1 + update) / (10 + update));
      const now = await valuesOf(generatorOf(state));
      expect(now).toEqual(await valuesOf(generatorOf(other)));
      expected = Object.fromEntries(
        Object.entries(expected).map(([path, values]) => [
          path,
          values.map((value, i) => decay * value + (1 - decay) * now[path]![i]!),
        ]),
      );
      const average = await valuesOf(clidim.variables(state.method));
      expect(Object.keys(average)).toEqual(Object.keys(expected));
      for (const [path, values] of Object.entries(average)) {
        const largest = Math.max(...expected[path]!.map(Math.abs), 1e-3);
        for (const [i, value] of values.entries())
          expect(Math.abs(value - expected[path]![i]!) / largest, `${path}, update ${update}`).toBeLessThan(
            1e-5,
          );
      }
      expect(average).not.toEqual(now);
    }
  });

  it("goes on from a checkpoint bit for bit", async () => {
    const whole = await trainAveraging(fresh(averaging), 0, 4);
    const half = await exportCheckpoint(clidim, await trainAveraging(fresh(averaging), 0, 2));
    const { state } = importCheckpoint(half, clidim, averaging);
    expect(await valuesOf((await trainAveraging(state, 2, 4)).method)).toEqual(await valuesOf(whole.method));
    expect(() => importCheckpoint(half, clidim, plain, "averaged")).toThrow(/averaged: holds average\./);
  });

  it("follows in every phase", async () => {
    const small = { downs: 3, crop: 32 } as const;
    for (const choice of [
      { mode: "pretrain", pretrainUpdates: 1 },
      { mode: "joint", startUpdate: 1 },
    ] as const) {
      const configuration = resolveConfiguration(clidim, "laptop", {
        ...averaging,
        ...small,
        contrastive: { maskOverlap: 1, captures: false, ...choice },
      });
      const train = trainer(configuration);
      let state = fresh(configuration);
      for (let update = 0; update < 2; update++) {
        const before = await valuesOf(clidim.variables(state.method));
        state = await train(state, update, update + 1);
        expect(await valuesOf(clidim.variables(state.method)), `${choice.mode}, ${update}`).not.toEqual(
          before,
        );
      }
    }
  });

  it("takes no memory where it is off", () => {
    expect(plain.emaDecay).toBe(0);
    expect("average" in fresh(plain).method).toBe(false);
    const shapes = (tree: Tree<Tensor>) => mapTree(({ shape }: Tensor) => shape.join(), tree);
    expect(shapes(clidim.variables(fresh(averaging).method))).toEqual(shapes(clidim.template(averaging)));
  });
});
