import { compile, type Tensor, tensor } from "@clidim/tensor";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { largestTile } from "./largestTile.js";
import { type MapTile, mapTiles, type TilesOptions } from "./mapTiles.js";
import { type PageRows, tileBands } from "./tileBands.js";

export interface DenoiserOptions {
  /** Largest side of what goes through the network at once, in pixels. Default: what the device's memory allows. */
  readonly maxTileSide?: number;
}

export interface DenoiseOptions {
  /** Called after each tile with the number of tiles done and the number of all. */
  readonly onTile?: (done: number, total: number) => void;
}

/** Denoises a page of network values (see `normalize`), row-major; the result has the same extents and units. */
export type Denoiser = (
  page: Float32Array,
  width: number,
  height: number,
  options?: DenoiseOptions,
) => Promise<Float32Array>;

/** What a trained method is applied by. */
type Applied<C extends RunConfiguration> = Pick<TrainedMethod<C>, "apply" | "geometry">;

/**
 * A function that denoises pages of any size with a trained method. `variables` are the network's, or a function that returns them as they are at each call, for a
 * network under training.
 *
 * Pages are mirrored at the right and bottom to multiples of what the network takes, processed and cropped. A page larger than the tile side is covered with
 * tiles that overlap by a quarter or more, blended with sin^2 ramps. Pages and tiles of one size share one compiled program.
 */
export function denoiser<C extends RunConfiguration>(
  method: Applied<C>,
  configuration: C,
  variables: MethodVariables | (() => MethodVariables),
  options: DenoiserOptions = {},
): Denoiser {
  const tiles = networkTiles(method, configuration, variables, options);
  return async (page, width, height, { onTile } = {}) => {
    checkPage("denoise", page, width, height);
    const { size, map } = await tiles({ width, height }, onTile);
    const [output] = await mapTiles(page, width, height, size, map);
    return output!; // one image per tile
  };
}

/** Rows of a denoised page, in network values, from its row `top` on. They may be overwritten once the next ones are asked for. */
export interface DenoisedRows {
  readonly top: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Denoises a page by bands of rows, from the top. `normalize` takes what the rows of the page have to network values, tile by tile. */
export type BandDenoiser = (
  page: PageRows,
  normalize: (tile: Float32Array) => Float32Array,
  options?: DenoiseOptions,
) => AsyncIterable<DenoisedRows>;

/** As `denoiser`, for pages that are never whole in memory: the same tiles, and the same result bit for bit. */
export function bandDenoiser<C extends RunConfiguration>(
  method: Applied<C>,
  configuration: C,
  variables: MethodVariables,
  options: DenoiserOptions = {},
): BandDenoiser {
  const tiles = networkTiles(method, configuration, variables, options);
  return async function* (page, normalize, { onTile } = {}) {
    const { size, map } = await tiles(page, onTile);
    const normalized: MapTile = (tile) => map({ ...tile, data: normalize(tile.data) });
    for await (const { top, height, images } of tileBands(page, size, normalized)) {
      yield { top, height, data: images[0]! }; // one image per tile
    }
  };
}

/** The tiles of pages, and the network that they go through. */
function networkTiles<C extends RunConfiguration>(
  method: Applied<C>,
  configuration: C,
  variables: MethodVariables | (() => MethodVariables),
  { maxTileSide }: DenoiserOptions,
): (
  page: { readonly width: number; readonly height: number },
  onTile: DenoiseOptions["onTile"],
) => Promise<{ readonly size: TilesOptions; readonly map: MapTile }> {
  const geometry = method.geometry(configuration);
  const { multiple } = geometry;
  const apply = method.apply(configuration);
  const denoise = (current: MethodVariables, x: Tensor): Tensor => apply(current, x);
  const run = compile(denoise, { donate: [1] });
  return async (page, onTile) => {
    const { params, stats } = typeof variables === "function" ? variables() : variables;
    const current = { params, stats };
    const maxSide =
      maxTileSide ?? (await largestTile([{ geometry, trace: denoise, variables: current }], page));
    return {
      size: { multiple, maxSide },
      map: async (tile) => {
        const x = tensor(tile.data, { shape: [1, tile.height, tile.width, 1] });
        const result = await run(current, x);
        const denoised = await result.data();
        result.donate("denoise").release();
        onTile?.(tile.index + 1, tile.count);
        return [denoised];
      },
    };
  };
}

/** Refuses a page of another size than it is said to have. */
export function checkPage(op: string, page: Float32Array, width: number, height: number): void {
  if (width >= 1 && height >= 1 && page.length === width * height) return;
  throw new Error(
    `${op}: a page of ${width} x ${height} pixels has ${width * height} values, got ${page.length}`,
  );
}
