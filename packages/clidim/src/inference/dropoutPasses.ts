import { compile, foldIn, key, reshape, slice, type Tensor, tensor } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import { dropoutBlocks, type GeneratorVariables } from "../model/generator.js";
import { generatorOf } from "../model/networks.js";
import { checkPage, type DenoiseOptions, type DenoiserOptions } from "./denoise.js";
import { largestTile } from "./largestTile.js";
import { mapTiles } from "./mapTiles.js";
import { RunningMoments } from "./runningMoments.js";

export interface DropoutPassesOptions extends DenoiserOptions {
  /** At least 2. */
  readonly passes: number;
  /** Of the dropout masks. Default 0. */
  readonly seed?: number;
}

/** Network values, of the extents of the page. */
export interface PassMoments {
  readonly mean: Float32Array;
  /** Standard deviation over the passes, pixel by pixel. */
  readonly deviation: Float32Array;
}

/**
 * A function that sends a page (network values) `passes` times through a generator with dropout on and running statistics, and gives mean and standard deviation: Monte Carlo
 * dropout (Gal and Ghahramani 2016). Masks depend on the seed, `index` (which tells pages apart), the tile and the pass alone. The deviation is taken per tile and
 * then blended, so that it does not sink where tiles overlap. `onTile` counts passes of tiles.
 *
 * It shows how much the result depends on single channels of the blocks that have dropout, which are the innermost ones: structure, not noise of single pixels. It
 * does not show errors that all passes share.
 */
export function dropoutPasses(
  configuration: Configuration,
  variables: GeneratorVariables,
  { passes, seed = 0, maxTileSide }: DropoutPassesOptions,
): (
  page: Float32Array,
  width: number,
  height: number,
  index: number,
  options?: DenoiseOptions,
) => Promise<PassMoments> {
  if (!Number.isSafeInteger(passes) || passes < 2) {
    throw new Error(`dropoutPasses: expected a whole number of at least 2 passes, got ${passes}`);
  }
  if (dropoutBlocks(configuration) === 0) {
    throw new Error(
      `dropoutPasses: a generator with downs ${configuration.downs} and dropout ${configuration.dropout} has no block with dropout, so that all passes ` +
        "would be the same; dropout needs downs of at least 6 and a rate above 0",
    );
  }
  const generator = generatorOf(configuration, { dropoutInEvaluation: true });
  const current = { params: variables.params, stats: variables.stats };
  const run = compile(
    function dropoutPass({ params, stats }: GeneratorVariables, x: Tensor, counter: Tensor) {
      const parts = [0, 1, 2].map((i) => reshape(slice(counter, [i], [i + 1]), []));
      const masks = parts.reduce((coin, part) => foldIn(coin, part), key(seed));
      return generator.apply({ params, stats }, x, { train: false, key: masks }).output;
    },
    { donate: [1, 2] },
  );

  return async (page, width, height, index, { onTile } = {}) => {
    checkPage("dropoutPasses", page, width, height);
    const maxSide = maxTileSide ?? (await largestTile(configuration, current));
    const multiple = 2 ** configuration.downs;
    const [mean, deviation] = await mapTiles(page, width, height, { multiple, maxSide }, async (tile) => {
      const moments = new RunningMoments(tile.data.length);
      for (let pass = 0; pass < passes; pass++) {
        const x = tensor(tile.data, { shape: [1, tile.height, tile.width, 1] });
        const result = await run(current, x, tensor(Uint32Array.of(index, tile.index, pass)));
        moments.add(await result.data());
        result.donate("dropoutPasses").release();
        onTile?.(tile.index * passes + pass + 1, tile.count * passes);
      }
      return [moments.mean(), moments.deviation()];
    });
    return { mean: mean!, deviation: deviation! }; // two images per tile
  };
}
