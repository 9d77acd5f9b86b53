import { compile, foldIn, key, reshape, slice, type Tensor, tensor } from "@clidim/tensor";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { checkPage, type DenoiseOptions, type DenoiserOptions } from "./denoise.js";
import { largestTile } from "./largestTile.js";
import { mapTiles } from "./mapTiles.js";
import { RunningMoments } from "./runningMoments.js";

export interface SampledPassesOptions extends DenoiserOptions {
  /** At least 2. */
  readonly passes: number;
  /** Of what differs between passes. Default 0. */
  readonly seed?: number;
}

/** Network values, of the extents of the page. */
export interface PassMoments {
  readonly mean: Float32Array;
  /** Standard deviation over the passes, pixel by pixel. */
  readonly deviation: Float32Array;
}

/**
 * A function that sends a page (network values) `passes` times through a network in which something is drawn anew each time, and gives mean and standard deviation: Monte Carlo
 * dropout (Gal and Ghahramani 2016) where that is what is drawn. What is drawn depends on the seed, `index` (which tells pages apart), the tile and the pass alone. The deviation is taken per
 * tile and then blended, so that it does not sink where tiles overlap. `onTile` counts passes of tiles. Throws where the method has no such passes.
 *
 * It shows how much the result depends on what is drawn, and no errors that all passes share.
 */
export function sampledPasses<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "sampled" | "geometry">,
  configuration: C,
  variables: MethodVariables,
  { passes, seed = 0, maxTileSide }: SampledPassesOptions,
): (
  page: Float32Array,
  width: number,
  height: number,
  index: number,
  options?: DenoiseOptions,
) => Promise<PassMoments> {
  if (!Number.isSafeInteger(passes) || passes < 2) {
    throw new Error(`sampledPasses: expected a whole number of at least 2 passes, got ${passes}`);
  }
  const sampled = method.sampled(configuration);
  if (typeof sampled === "string") throw new Error(`sampledPasses: the model has ${sampled}`);
  const geometry = method.geometry(configuration);
  const { multiple } = geometry;
  const current = { params: variables.params, stats: variables.stats };
  const run = compile(
    function sampledPass(network: MethodVariables, x: Tensor, counter: Tensor) {
      const parts = [0, 1, 2].map((i) => reshape(slice(counter, [i], [i + 1]), []));
      const drawn = parts.reduce((coin, part) => foldIn(coin, part), key(seed));
      return sampled(network, x, drawn);
    },
    { donate: [1, 2] },
  );

  return async (page, width, height, index, { onTile } = {}) => {
    checkPage("sampledPasses", page, width, height);
    const maxSide = maxTileSide ?? (await largestTile(geometry, current));
    const [mean, deviation] = await mapTiles(page, width, height, { multiple, maxSide }, async (tile) => {
      const moments = new RunningMoments(tile.data.length);
      for (let pass = 0; pass < passes; pass++) {
        const x = tensor(tile.data, { shape: [1, tile.height, tile.width, 1] });
        const result = await run(current, x, tensor(Uint32Array.of(index, tile.index, pass)));
        moments.add(await result.data());
        result.donate("sampledPasses").release();
        onTile?.(tile.index * passes + pass + 1, tile.count * passes);
      }
      return [moments.mean(), moments.deviation()];
    });
    return { mean: mean!, deviation: deviation! }; // two images per tile
  };
}
