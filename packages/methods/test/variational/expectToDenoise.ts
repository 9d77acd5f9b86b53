import {
  compileTraining,
  exportModel,
  fitConfigured,
  importModel,
  initialTrainingState,
  type Plain,
  preparedConfiguration,
  readMetrics,
  resolveConfiguration,
  type TrainedMethod,
} from "@clidim/denoise";
import { type Image, normalize, pageInMemory, simulateScenes } from "@clidim/imaging";
import { key, tensor } from "@clidim/tensor";
import { expect } from "vitest";
import { methods } from "../../src/registry.js";

const SIDE = 64;
const simulated = simulateScenes({ seed: 5, size: SIDE, scenes: 3, frames: 12, photons: 20 });

/** Captures of simulated scenes, as a training has them. */
export const scenes = simulated.map(({ name, noisy }) => ({
  ...{ name, noisy: noisy.map(pageInMemory) },
  ...{ oneField: false, averaged: false },
}));

export const pages: readonly Image[] = simulated.flatMap(({ noisy }) => noisy);

/** Trains a method that draws, with changes of its preset laptop, on all but the last capture of each scene, and expects that it denoises that one by the mean of what it draws. The mean losses of the training. */
export async function expectToDenoise(
  method: TrainedMethod,
  changes: Plain,
): Promise<Readonly<Record<string, number>>> {
  const given = resolveConfiguration(method, "laptop", changes);
  const normalization = fitConfigured(pages, given);
  const configuration = await preparedConfiguration(method, given, { scenes, normalization });
  const run = compileTraining(method, configuration);
  const imagesOf = (list: readonly Image[]) =>
    tensor(
      list.flatMap((page) => Array.from(normalize(page.data, normalization))),
      { shape: [list.length, SIDE, SIDE, 1] },
    );
  const crops = (frame: number) => imagesOf(simulated.map(({ noisy }) => noisy[frame]!));
  let state = initialTrainingState(method, configuration, 1);
  const held = method.held!(configuration);
  const test = { noisy: crops(11) };
  const before = await held(method.variables(state.method), test, key(0)).loss.item();
  for (let update = 0; update < configuration.updates; update++)
    state = await run(state, { noisy: crops(update % 11) }, update);
  const { means } = await readMetrics(state);
  const variables = method.variables(state.method);
  const { loss, pixels } = held(variables, test, key(0));
  expect(await loss.item()).toBeLessThan(before - 0.3);
  expect(await pixels.item()).toBe(3 * SIDE * SIDE);

  const described = {
    method: methods.trainedNamed(method.name),
    configuration,
    normalization,
    provenance: {},
  };
  const read = importModel(await exportModel(variables, described), methods);
  expect(read.configuration).toEqual(configuration);
  const clean = Array.from(await imagesOf(simulated.map((scene) => scene.clean)).data());
  const errorOf = (values: ArrayLike<number>): number =>
    clean.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0) / clean.length;
  const denoised = await read.method.apply(read.configuration)(read.variables, test.noisy).data();
  expect(errorOf(denoised)).toBeLessThan(0.5 * errorOf(await test.noisy.data()));

  const sampled = method.sampled(configuration);
  if (typeof sampled === "string") throw new Error("expected passes that differ");
  const pass = { number: tensor(Uint32Array.of(0), { shape: [] }), ofPage: key(0) };
  const [one, other] = [
    await sampled(variables, test.noisy, key(1), pass).data(),
    await sampled(variables, test.noisy, key(2), pass).data(),
  ];
  expect(one).not.toEqual(other);
  // The mean of many is nearer to the truth than each of them.
  for (const draw of [one, other]) expect(errorOf(draw)).toBeGreaterThan(errorOf(denoised));
  return means;
}
