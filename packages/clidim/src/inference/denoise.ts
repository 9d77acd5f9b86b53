import { compile, type Device, defaultDevice, flatten, type Tensor, tensor } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import type { GeneratorVariables } from "../model/generator.js";
import { generatorOf } from "../model/networks.js";
import { axisTiles } from "./axisTiles.js";
import { mirror } from "./mirror.js";

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

/** Bytes that the widest activation may take. The whole network was seen to need five times that. */
const activationBudget = 128 * 2 ** 20;

/**
 * The largest square that the device takes: the widest activation, the input of the last block, has 2 ngf channels at half the
 * side, 2 ngf side^2 bytes in f32.
 */
function largestSide({ gpu }: Device, { ngf }: Configuration): number {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.limits;
  const bytes = Math.min(maxBufferSize, maxStorageBufferBindingSize, activationBudget);
  return Math.floor(Math.sqrt(bytes / (2 * ngf)));
}

/**
 * A function that denoises pages of any size with a trained generator (running statistics, no dropout). `variables` are the generator's,
 * or a function that returns them as they are at each call, for a network under training.
 *
 * Pages are mirrored at the right and bottom to multiples of 2^downs, processed and cropped. A page larger than the tile side is covered with
 * tiles that overlap by a quarter or more, blended with sin^2 ramps. Pages and tiles of one size share one compiled program.
 */
export function denoiser(
  configuration: Configuration,
  variables: GeneratorVariables | (() => GeneratorVariables),
  { maxTileSide }: DenoiserOptions = {},
): Denoiser {
  const generator = generatorOf(configuration);
  const multiple = 2 ** configuration.downs;
  const run = compile(
    function denoise({ params, stats }: GeneratorVariables, x: Tensor) {
      return generator.apply({ params, stats }, x, { train: false }).output;
    },
    { donate: [1] },
  );

  return async (page, width, height, { onTile } = {}) => {
    if (width < 1 || height < 1 || page.length !== width * height) {
      throw new Error(
        `denoise: a page of ${width} x ${height} pixels has ${width * height} values, got ${page.length}`,
      );
    }
    const { params, stats } = typeof variables === "function" ? variables() : variables;
    const current = { params, stats };
    const device =
      flatten(current).leaves.find((leaf) => leaf.buffer)?.buffer?.device ?? (await defaultDevice());
    const side = maxTileSide ?? largestSide(device, configuration);
    const tileSide = Math.max(multiple, Math.floor(side / multiple) * multiple);
    const rows = axisTiles(height, multiple, tileSide);
    const columns = axisTiles(width, multiple, tileSide);

    const output = new Float32Array(page.length);
    let done = 0;
    for (const row of rows) {
      for (const column of columns) {
        const shape = [1, row.size, column.size, 1];
        const tile = tensor(cut(page, width, height, row, column), { shape });
        const result = await run(current, tile);
        const denoised = await result.data();
        result.donate("denoise").release();
        const tileHeight = Math.min(row.size, height - row.start);
        const tileWidth = Math.min(column.size, width - column.start);
        for (let y = 0; y < tileHeight; y++) {
          const to = (row.start + y) * width + column.start;
          const from = y * column.size;
          for (let x = 0; x < tileWidth; x++) {
            output[to + x]! += row.weights[y]! * column.weights[x]! * denoised[from + x]!;
          }
        }
        onTile?.(++done, rows.length * columns.length);
      }
    }
    return output;
  };
}

type Extent = { readonly start: number; readonly size: number };

/** A tile of the page, mirrored where it runs past the page's end. */
function cut(page: Float32Array, width: number, height: number, row: Extent, column: Extent): Float32Array {
  const tile = new Float32Array(row.size * column.size);
  const from = Int32Array.from({ length: column.size }, (_, x) => mirror(column.start + x, width));
  for (let y = 0; y < row.size; y++) {
    const offset = mirror(row.start + y, height) * width;
    for (let x = 0; x < column.size; x++) tile[y * column.size + x] = page[offset + from[x]!]!;
  }
  return tile;
}
