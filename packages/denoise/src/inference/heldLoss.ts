import { type Normalization, normalize, type Plane } from "@clidim/imaging";
import { compile, foldIn, key, stack, type Tensor, tensor } from "@clidim/tensor";
import type { HeldImages, MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { largestTile } from "./largestTile.js";
import { type MapTile, mapTiles, type Tile } from "./mapTiles.js";

/** A mean over pixels, and over how many; 0 over none. */
export interface PixelMean {
  readonly loss: number;
  readonly pixels: number;
}

/** How bad a network is on a noisy page in grey values, by the method's own judgement: the lower the better. `capture` is another capture of it, where there is one. */
export type HeldLoss = (
  variables: MethodVariables,
  page: { readonly noisy: Plane; readonly capture?: Plane },
  normalization: Normalization,
) => Promise<PixelMean>;

/** Sets the draws of validation apart from those of the updates, which fold their numbers into the seed's key. */
const HELD = 0x68656c64;

/**
 * The loss of held-out noisy pages; undefined where the method has none, as it is judged by clean images. Pages are mirrored at the right and the bottom to what the network
 * takes, and those that are too large for the device go through it in tiles. What the method draws is the same in every call, so that figures of one run differ by the
 * network alone.
 */
export function heldLoss<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "held" | "geometry">,
  configuration: C,
  seed: number,
): HeldLoss | undefined {
  const held = method.held?.(configuration);
  if (!held) return undefined;
  const geometry = method.geometry(configuration);
  const heldOut = (variables: MethodVariables, images: HeldImages): Tensor => {
    const { loss, pixels } = held(variables, images, foldIn(key(seed), HELD));
    return stack([loss, pixels], 0);
  };
  const run = compile(heldOut, { donate: [1] });
  return async (variables, { noisy, capture }, normalization) => {
    const { width, height } = noisy;
    const { multiple } = geometry;
    const trace = (network: MethodVariables, x: Tensor): Tensor =>
      heldOut(network, { noisy: x, ...(capture && { capture: x }) });
    const maxSide = await largestTile([{ geometry, channels: 1, trace, variables }], { width, height });
    const cut = ({ data }: Plane, map: MapTile): Promise<unknown> =>
      mapTiles(normalize(data, normalization), width, height, { multiple, maxSide }, map);
    const others: Tensor[] = [];
    if (capture) {
      await cut(capture, async (tile) => {
        others[tile.index] = imageOf(tile);
        return [];
      });
    }
    const tiles: PixelMean[] = [];
    await cut(noisy, async (tile) => {
      const other = others[tile.index];
      const result = await run(variables, { noisy: imageOf(tile), ...(other && { capture: other }) });
      const [loss = 0, pixels = 0] = await result.data();
      result.donate("heldLoss").release();
      tiles.push({ loss, pixels });
      return [];
    });
    const [only, ...more] = tiles;
    if (only && more.length === 0) return only;
    const pixels = tiles.reduce((sum, tile) => sum + tile.pixels, 0);
    const total = tiles.reduce((sum, tile) => sum + tile.loss * tile.pixels, 0);
    return { loss: total / Math.max(1, pixels), pixels };
  };
}

const imageOf = ({ data, height, width }: Tile): Tensor => tensor(data, { shape: [1, height, width, 1] });
