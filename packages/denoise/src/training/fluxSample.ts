import type { Plane } from "@clidim/imaging";
import type { TrainingScene } from "../data/crops.js";
import { groupFrames } from "../data/frameGroups.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import { noiseOfPage } from "../data/pageNoise.js";
import { spreadCrops } from "../data/spreadCrops.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";

/** What a calibration of the brightness is fitted to, in grey values. */
export interface FluxSample {
  readonly crops: readonly { readonly noisy: NoisyPlane; readonly clean?: Plane }[];
  /** Of many crops: mean of the clean minus mean of the noisy images; 0 where there are no clean ones. */
  readonly difference: number;
  /** Of these: slope of the regression of noisy on clean values within the crops, together; 1 where there are no clean ones. */
  readonly slope: number;
}

/** Crops that go through the network, and their side in pixels. */
const CROPS = 32;
const SIDE = 256;
/** Crops that are only looked at: captures drift, and many tell what they have in common. */
const COMPARED = 128;
const COMPARED_SIDE = 1024;

/** Reads crops of the training pages, or of groups of so many captures, evenly spread, before the training: afterwards the files may be closed. */
export async function readFluxSample(
  given: readonly TrainingScene[],
  configuration: Pick<RunConfiguration, "frames" | "noiseLevelMap"> = {},
): Promise<FluxSample> {
  const scenes = given.map((scene) => groupFrames(scene, framesOf(configuration)));
  const crops: FluxSample["crops"][number][] = [];
  for (const { noisy, clean, rectangle } of spreadCrops(scenes, CROPS, SIDE)) {
    const noise = configuration.noiseLevelMap && { noise: await noiseOfPage(noisy) };
    crops.push({
      noisy: { ...(await noisy.read(rectangle)), ...noise },
      ...(clean && { clean: await clean.read(rectangle) }),
    });
  }
  const differences: number[] = [];
  let [squares, products] = [0, 0];
  for (const { noisy, clean, rectangle } of spreadCrops(scenes, COMPARED, COMPARED_SIDE)) {
    if (!clean) continue;
    const truth = (await clean.read(rectangle)).data;
    const { data } = await noisy.read(rectangle);
    differences.push(meanOf(truth) - meanOf(data));
    const within = withinProducts(truth, data);
    squares += within.squares;
    products += within.products;
  }
  return {
    crops,
    difference: differences.length > 0 ? meanOf(differences) : 0,
    slope: squares > 0 ? products / squares : 1,
  };
}

/** Sums of squares of x and of products with y, both about their means: the regression of y on x has the slope `products / squares`. */
export function withinProducts(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): { readonly squares: number; readonly products: number } {
  const [xMean, yMean] = [meanOf(x), meanOf(y)];
  let [squares, products] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = x[i]! - xMean;
    squares += value * value;
    products += value * (y[i]! - yMean);
  }
  return { squares, products };
}

/** In float64, of at least one value. */
export function meanOf(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}
