import { InputError } from "@clidim/imaging";
import { compile, type Tensor, tensor } from "@clidim/tensor";
import type { Model } from "../model/modelFile.js";
import type { MethodVariables, PosteriorSample } from "../protocol/method.js";
import type { Band } from "./alignedBands.js";
import type { Network } from "./bandDenoiser.js";
import { type DenoiseOptions, denoiseTile, networkProgram } from "./denoise.js";
import { largestTile } from "./largestTile.js";
import type { PageRows } from "./pageRows.js";
import { tileBands } from "./tileBands.js";

/** One of the signals of a page, counted from 0, by bands of rows from the top, one image each, in network values. `normalize` takes what the rows of the page have to these. */
export type PosteriorSampleBands = (
  page: PageRows,
  normalize: (values: ArrayLike<number>) => Float32Array,
  sample: number,
  onTile?: DenoiseOptions["onTile"],
) => AsyncIterable<Band>;

/**
 * The signals of pages that a network holds likely, each whole in itself, with the flux calibration that the result has. A page is cut into the tiles that its result is made in. What is drawn is drawn for places of the page, so that where tiles overlap both have the same
 * signal but for what a network sees of a tile's edge: were each tile drawn by itself, the blend of two would be smoother than either, and the tiles were to be seen.
 */
export function posteriorSampleBands(
  { method, configuration, variables: { params, stats }, fluxCalibration }: Network,
  drawn: PosteriorSample,
  { maxTileSide }: { readonly maxTileSide?: number } = {},
): PosteriorSampleBands {
  const { geometry, channels, trace } = networkProgram(method, configuration);
  const variables = { params, stats };
  const drawWhole = (network: MethodVariables, x: Tensor, sample: Tensor): Tensor =>
    drawn(network, x, sample);
  const drawPlaced = (network: MethodVariables, x: Tensor, sample: Tensor, origin: Tensor): Tensor =>
    drawn(network, x, sample, origin);
  const whole = compile(drawWhole, { donate: [1, 2] });
  const placed = compile(drawPlaced, { donate: [1, 2, 3] });
  return async function* (page, normalize, sample, onTile) {
    const maxSide = maxTileSide ?? (await largestTile([{ geometry, channels, trace, variables }], page));
    const program = {
      channels,
      placed: true,
      run: (network: MethodVariables, x: Tensor, origin?: Tensor) => {
        const number = tensor(sample, { dtype: "u32" });
        return origin ? placed(network, x, number, origin) : whole(network, x, number);
      },
    };
    const tiles = { multiple: geometry.multiple, maxSide, aligned: true };
    yield* tileBands(page, tiles, async (tile) => {
      const values = { ...tile, data: normalize(tile.data) };
      const image = await denoiseTile(program, variables, values, fluxCalibration);
      onTile?.(tile.index + 1, tile.count);
      return [image];
    });
  };
}

/** What draws the signals of a model; an `InputError` for less than one of them, several models, and one that draws none. */
export function posteriorSampleOf(models: readonly Model[], samples: number): PosteriorSample {
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new InputError(`samples: expected a whole number of at least 1, got ${samples}`, {
      keys: ["samples"],
    });
  }
  const keys = ["samples", "model"];
  const [first, ...others] = models;
  if (!first || others.length > 0) {
    throw new InputError(`samples: one model draws them, got ${models.length}; give one, or leave them out`, {
      keys,
    });
  }
  const { method, configuration } = first;
  const drawn = method.posteriorSample?.(configuration);
  if (drawn) return drawn;
  throw new InputError(
    `samples: ${method.title} makes one image of each page, and draws no others; leave them out, or give a model of a method that does`,
    { keys },
  );
}
