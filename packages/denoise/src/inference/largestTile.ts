import {
  defaultExecutor,
  type Executor,
  flatten,
  memoryAnalysis,
  type Tensor,
  type Tree,
  zeros,
} from "@clidim/tensor";
import type { Geometry, MethodVariables } from "../protocol/method.js";

/** Bytes that the widest activation may take. */
const WIDEST_BYTES = 128 * 2 ** 20;

/** Pages of at most so many pixels go through networks in tiles that only `WIDEST_BYTES` bounds; the tiles of larger ones are bounded by all that is below as well. */
export const SMALL_PAGE: number = 2 ** 22;

/**
 * Bytes that programs may take for a tile of a larger page, beyond what they take for the smallest: intermediate values, what goes in and what comes out. The same on all adapters, so that results
 * differ by arithmetic alone. With `ROWS_BYTES`, twice where there is a map of uncertainty, and what the process takes by itself, it stays within a gigabyte.
 */
export const TILE_BYTES: number = 192 * 2 ** 20;

/** Bytes that the rows of a larger page may take that a row of tiles covers: those of the page, and of each image that is put together. */
export const ROWS_BYTES: number = 160 * 2 ** 20;

/** Sides of tiles of larger pages are multiples of it, so that they do not hang on a few bytes. */
const STEP = 64;

/** Tiles of larger pages are no smaller, whatever they take: results would show them. */
const LEAST = 128;

/** What is compiled for tiles. */
export interface TiledNetwork {
  readonly geometry: Geometry;
  /** Values of each pixel that go in; 1 comes out. */
  readonly channels: number;
  /** Of a tile [1,H,W,channels]. */
  readonly trace: (variables: MethodVariables, x: Tensor) => Tree<Tensor>;
  readonly variables: MethodVariables;
}

/**
 * Side of the largest tile, in pixels, in which a page goes through networks that are in memory together, of which `images` are put together from tiles. It depends on the networks, on
 * the width of the page and on whether it is a small one, and on nothing else but the adapter.
 */
export async function largestTile(
  networks: readonly TiledNetwork[],
  { width, height }: { readonly width: number; readonly height: number },
  images = 1,
): Promise<number> {
  const widest = Math.min(...(await Promise.all(networks.map(widestSide))));
  if (width * height <= SMALL_PAGE) return widest;
  const multiple = sharedMultiple(networks);
  // A network of a fixed side takes no other, not even to be planned.
  const most = multiple * Math.max(1, Math.floor(widest / multiple));
  const step = Math.min(most, multiple * Math.ceil(STEP / multiple));
  const least = Math.min(most, step * Math.ceil(LEAST / step));
  const channels = Math.max(...networks.map((network) => network.channels));
  const rows = ROWS_BYTES / (4 * width * (channels + images));
  const bounded = Math.max(least, step * Math.floor(Math.min(widest, rows) / step));
  const budget = TILE_BYTES / networks.length;
  const sides = networks.map((network) => plannedSide(network, { largest: bounded, least, step, budget }));
  return Math.min(widest, ...(await Promise.all(sides)));
}

/** The least multiple of what the sides of all networks' images are multiples of. */
export function sharedMultiple(networks: readonly Pick<TiledNetwork, "geometry">[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return networks.reduce((all, { geometry: { multiple } }) => (all / divisor(all, multiple)) * multiple, 1);
}

/** The side at which the widest activation is as large as may be. */
async function widestSide({ geometry, variables }: TiledNetwork): Promise<number> {
  const executor: Executor =
    flatten(variables).leaves.find((leaf) => leaf.value)?.value?.executor ?? (await defaultExecutor());
  const bytes = Math.min(executor.limits.valueBytes, WIDEST_BYTES);
  return Math.min(
    geometry.largest ?? Number.POSITIVE_INFINITY,
    Math.floor(Math.sqrt(bytes / geometry.bytesPerPixel)),
  );
}

interface Bounds {
  readonly largest: number;
  readonly least: number;
  readonly step: number;
  readonly budget: number;
}

/** What was planned: the pages of a stack ask again and again. */
const planned = new WeakMap<TiledNetwork["trace"], Map<string, Promise<number>>>();

function plannedSide(network: TiledNetwork, bounds: Bounds): Promise<number> {
  const known = planned.get(network.trace) ?? new Map<string, Promise<number>>();
  planned.set(network.trace, known);
  const key = JSON.stringify(bounds);
  const side = known.get(key) ?? plan(network, bounds);
  known.set(key, side);
  return side;
}

/** The largest side whose program takes no more than the budget, by the memory plan of its compiler. */
async function plan(network: TiledNetwork, { largest, least, step, budget }: Bounds): Promise<number> {
  const fixed = await programBytes(network, least);
  let side = largest;
  while (side > least) {
    const bytes = (await programBytes(network, side)) - fixed;
    if (bytes <= budget) break;
    const shrunk = step * Math.floor((side * Math.sqrt(budget / bytes)) / step);
    side = Math.max(least, Math.min(side - step, shrunk));
  }
  return side;
}

/** Bytes of a tile, of what becomes of it, and of all between. */
export async function programBytes(
  { trace, variables, channels }: Pick<TiledNetwork, "trace" | "variables" | "channels">,
  side: number,
): Promise<number> {
  const analysis = memoryAnalysis(trace, { donate: [1] });
  const { outputBytes, temporaryBytes } = await analysis(variables, zeros([1, side, side, channels]));
  return 4 * side * side * channels + outputBytes + temporaryBytes;
}
