import { reflect } from "@clidim/imaging";
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
 * dropout (Gal and Ghahramani 2016) where that is what is drawn. What is drawn depends on the seed, `index` (which tells pages apart), the tile and the pass alone. `onTile` counts passes of tiles. Throws where
 * the method has no such passes.
 *
 * A page of several tiles is cut otherwise in each pass, by up to half a tile: what is drawn is drawn for a tile, and its effect is as wide, so that with the same tiles in all passes the
 * deviation would be that of few draws, one above the other, and differ from tile to tile.
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
  const sampledPass = (network: MethodVariables, x: Tensor, counter: Tensor): Tensor => {
    const parts = [0, 1, 2].map((i) => reshape(slice(counter, [i], [i + 1]), []));
    const drawn = parts.reduce((coin, part) => foldIn(coin, part), key(seed));
    return sampled(network, x, drawn);
  };
  const run = compile(sampledPass, { donate: [1, 2] });
  const trace = (network: MethodVariables, x: Tensor): Tensor =>
    sampledPass(network, x, tensor(Uint32Array.of(0, 0, 0)));

  return async (page, width, height, index, { onTile } = {}) => {
    checkPage("sampledPasses", page, width, height);
    const maxSide =
      maxTileSide ?? (await largestTile([{ geometry, trace, variables: current }], { width, height }));
    const side = Math.max(multiple, Math.floor(maxSide / multiple) * multiple);
    const moments = new RunningMoments(page.length);
    for (let pass = 0; pass < passes; pass++) {
      const columns = shiftOf(width, side, GOLDEN * (pass + 0.5));
      const rows = shiftOf(height, side, Math.SQRT2 * (pass + 0.5));
      const shifted = shiftedPage(page, width, height, columns, rows);
      const [result] = await mapTiles(
        shifted,
        width + columns.room,
        height + rows.room,
        { multiple, maxSide },
        async (tile) => {
          const x = tensor(tile.data, { shape: [1, tile.height, tile.width, 1] });
          const output = await run(current, x, tensor(Uint32Array.of(index, tile.index, pass)));
          const data = await output.data();
          output.donate("sampledPasses").release();
          onTile?.(pass * tile.count + tile.index + 1, passes * tile.count);
          return [data];
        },
      );
      moments.add(partOf(result!, width, height, columns, rows)); // one image per tile
    }
    return { mean: moments.mean(), deviation: moments.deviation() };
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
function shiftedPage(
  page: Float32Array,
  width: number,
  height: number,
  columns: Shift,
  rows: Shift,
): Float32Array {
  if (columns.room === 0 && rows.room === 0) return page;
  const [across, down] = [width + columns.room, height + rows.room];
  const from = Int32Array.from({ length: across }, (_, x) => reflect(x - columns.by, width));
  const shifted = new Float32Array(across * down);
  for (let y = 0; y < down; y++) {
    const row = reflect(y - rows.by, height) * width;
    for (let x = 0; x < across; x++) shifted[y * across + x] = page[row + from[x]!]!;
  }
  return shifted;
}

/** The page in one that was moved. */
function partOf(
  shifted: Float32Array,
  width: number,
  height: number,
  columns: Shift,
  rows: Shift,
): Float32Array {
  const across = width + columns.room;
  if (across === width && rows.room === 0) return shifted;
  const part = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (y + rows.by) * across + columns.by;
    part.set(shifted.subarray(start, start + width), y * width);
  }
  return part;
}
