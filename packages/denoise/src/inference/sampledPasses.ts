import { fromFunction, reflect } from "@clidim/imaging";
import { compile, foldIn, key, reshape, slice, type Tensor, tensor } from "@clidim/tensor";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import { inputChannels, type RunConfiguration } from "../protocol/runConfiguration.js";
import { alignedBands, type Band } from "./alignedBands.js";
import { checkPage, type DenoiseOptions, type DenoiserOptions, denoiseTile } from "./denoise.js";
import { largestTile } from "./largestTile.js";
import type { PageRows } from "./pageRows.js";
import { RunningMoments } from "./runningMoments.js";
import { tileBands } from "./tileBands.js";

export interface SampledPassesOptions extends DenoiserOptions {
  /** At least 2. */
  readonly passes: number;
  /** Of what differs between passes. Default 0. */
  readonly seed?: number;
}

/** Network values, of the extents of the page. */
export interface PassMoments {
  readonly mean: Float32Array;
  /** Standard deviation over the passes, pixel by pixel; where these predict one, with the mean square of that. */
  readonly deviation: Float32Array;
}

/**
 * A function that sends a page (network values) `passes` times through a network in which something is drawn anew each time, and gives mean and standard deviation: Monte Carlo
 * dropout (Gal and Ghahramani 2016) where that is what is drawn. The variance is that of the passes plus the mean of what they predict, where they do (law of total variance). What is drawn depends on the seed, `index` (which tells pages apart), the tile and the pass alone. `onTile` counts passes of tiles. Throws where
 * the method has no such passes.
 *
 * A page of several tiles is cut otherwise in each pass, by up to half a tile: what is drawn is drawn for a tile, and its effect is as wide, so that with the same tiles in all passes the
 * deviation would be that of few draws, one above the other, and differ from tile to tile.
 *
 * It shows how much the result depends on what is drawn, and no errors that all passes share.
 */
export function sampledPasses<C extends RunConfiguration>(
  method: Sampling<C>,
  configuration: C,
  variables: MethodVariables,
  options: SampledPassesOptions,
): (
  page: Float32Array,
  width: number,
  height: number,
  index: number,
  options?: DenoiseOptions,
) => Promise<PassMoments> {
  const bands = sampledBands(method, configuration, variables, options);
  const frames = inputChannels(configuration);
  return async (page, width, height, index, { onTile } = {}) => {
    checkPage("sampledPasses", page, width, height, frames);
    const across = width * frames;
    const rows = {
      ...{ width, height, frames },
      rows: (top: number, bottom: number) => page.subarray(top * across, bottom * across),
    };
    const mean = new Float32Array(width * height);
    const deviation = new Float32Array(width * height);
    for await (const { top, images } of bands(rows, (tile) => tile, index, onTile)) {
      mean.set(images[0]!, top * width);
      deviation.set(images[1]!, top * width);
    }
    return { mean, deviation };
  };
}

/** A method whose passes differ. */
type Sampling<C extends RunConfiguration> = Pick<TrainedMethod<C>, "sampled" | "geometry">;

/** By bands of rows, from the top: mean and standard deviation, in network values. `normalize` takes a tile of what the page has to these, `index` tells pages apart. */
export type SampledBands = (
  page: PageRows,
  normalize: (tile: Float32Array) => Float32Array,
  index: number,
  onTile?: DenoiseOptions["onTile"],
) => AsyncIterable<Band>;

/** `sampledPasses` of pages that are never whole in memory: all passes go down the page together, and of each there is a row of tiles. */
export function sampledBands<C extends RunConfiguration>(
  method: Sampling<C>,
  configuration: C,
  variables: MethodVariables,
  { passes, seed = 0, maxTileSide }: SampledPassesOptions,
): SampledBands {
  if (!Number.isSafeInteger(passes) || passes < 2) {
    throw new Error(`sampledPasses: expected a whole number of at least 2 passes, got ${passes}`);
  }
  const sampled = method.sampled(configuration);
  if (typeof sampled === "string") throw new Error(`sampledPasses: the model has ${sampled}`);
  const geometry = method.geometry(configuration);
  const channels = inputChannels(configuration);
  const { multiple } = geometry;
  const current = { params: variables.params, stats: variables.stats };
  const sampledPass = (network: MethodVariables, x: Tensor, counter: Tensor): Tensor => {
    const parts = [0, 1, 2].map((i) => reshape(slice(counter, [i], [i + 1]), []));
    const [page, tile, number] = parts as [Tensor, Tensor, Tensor];
    const ofPage = foldIn(key(seed), page);
    return sampled(network, x, foldIn(foldIn(ofPage, tile), number), { number, ofPage });
  };
  const run = compile(sampledPass, { donate: [1, 2] });
  const trace = (network: MethodVariables, x: Tensor): Tensor =>
    sampledPass(network, x, tensor(Uint32Array.of(0, 0, 0)));

  return async function* (page, normalize, index, onTile) {
    const { width, height } = page;
    const maxSide =
      maxTileSide ?? (await largestTile([{ geometry, channels, trace, variables: current }], page, passes));
    const side = Math.max(multiple, Math.floor(maxSide / multiple) * multiple);
    let done = 0;
    const shifts = Array.from({ length: passes }, (_, pass) => ({
      columns: shiftOf(width, side, GOLDEN * (pass + 0.5)),
      rows: shiftOf(height, side, Math.SQRT2 * (pass + 0.5)),
    }));
    const streams = shifts.map(({ columns, rows }, pass) => {
      const shifted = shiftedRows(page, columns, rows);
      const bands = tileBands(shifted, { multiple, maxSide }, async (tile) => {
        const counter = tensor(Uint32Array.of(index, tile.index, pass));
        const drawn = {
          channels,
          placed: false,
          run: (network: MethodVariables, x: Tensor) => run(network, x, counter),
        };
        const data = await denoiseTile(drawn, current, { ...tile, data: normalize(tile.data) });
        onTile?.(++done, passes * tile.count);
        return channelsOf(data, tile.width * tile.height);
      });
      return rowsOfBands(bands, rows.by, height);
    });
    for await (const { top, height: ready, parts } of alignedBands(streams)) {
      const moments = new RunningMoments(ready * width);
      const predicted = new Float64Array(ready * width);
      for (const [pass, [image, deviation]] of parts.entries()) {
        const { room, by } = shifts[pass]!.columns;
        moments.add(columnsOf(image!, width + room, by, width)); // one image per tile, at least
        if (!deviation) continue;
        const own = columnsOf(deviation, width + room, by, width);
        for (let i = 0; i < own.length; i++) predicted[i]! += own[i]! ** 2 / passes;
      }
      const spread = moments.deviation();
      const deviation = spread.map((value, i) => Math.sqrt(value ** 2 + predicted[i]!));
      yield { top, height: ready, images: [moments.mean(), deviation] };
    }
  };
}

/** Fractional parts of multiples of it are evenly spread. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** How far the pixels of a page are moved along an axis, of the room that there is. */
interface Shift {
  readonly by: number;
  readonly room: number;
}

/** None where the page is a single tile. */
function shiftOf(length: number, side: number, phase: number): Shift {
  const room = length > side ? Math.floor(side / 2) : 0;
  return { by: Math.floor(room * (phase % 1)), room };
}

/** The page moved to the right and down, mirrored at its sides. */
function shiftedRows(page: PageRows, columns: Shift, rows: Shift): PageRows {
  if (columns.room === 0 && rows.room === 0) return page;
  const { width, height, frames = 1 } = page;
  const across = (width + columns.room) * frames;
  const from = Int32Array.from(
    { length: across },
    (_, i) => reflect(Math.floor(i / frames) - columns.by, width) * frames + (i % frames),
  );
  return {
    width: width + columns.room,
    height: height + rows.room,
    frames,
    async rows(top, bottom) {
      const sources = Array.from({ length: bottom - top }, (_, y) => reflect(top + y - rows.by, height));
      const first = sources.reduce((a, b) => Math.min(a, b));
      const last = sources.reduce((a, b) => Math.max(a, b));
      const part = await page.rows(first, last + 1);
      const shifted = new Float32Array((bottom - top) * across);
      for (const [y, source] of sources.entries()) {
        const row = (source - first) * width * frames;
        for (let i = 0; i < across; i++) shifted[y * across + i] = part[row + from[i]!]!;
      }
      return shifted;
    },
  };
}

/** Bands without the rows above `by` and below those of the page, whose row 0 is `by`. */
async function* rowsOfBands(bands: AsyncIterable<Band>, by: number, height: number): AsyncIterable<Band> {
  for await (const band of bands) {
    const top = Math.max(band.top, by);
    const bottom = Math.min(band.top + band.height, by + height);
    if (top >= bottom) continue;
    const images = band.images.map((image) => {
      const across = image.length / band.height;
      return image.subarray((top - band.top) * across, (bottom - band.top) * across);
    });
    yield { top: top - by, height: bottom - top, images };
  }
}

/** Values pixel by pixel as an image for each channel. */
function channelsOf(values: ArrayLike<number>, pixels: number): ArrayLike<number>[] {
  const channels = values.length / pixels;
  if (channels === 1) return [values];
  return Array.from({ length: channels }, (_, channel) =>
    fromFunction(new Float32Array(pixels), (i) => values[channels * i + channel]!),
  );
}

/** Columns of an image of `across`, from `by` on. */
function columnsOf(image: Float32Array, across: number, by: number, width: number): Float32Array {
  if (across === width) return image;
  const part = new Float32Array((image.length / across) * width);
  for (let y = 0; y * across < image.length; y++) {
    const start = y * across + by;
    part.set(image.subarray(start, start + width), y * width);
  }
  return part;
}
