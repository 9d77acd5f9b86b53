import { type Normalization, normalize, type Plane } from "@clidim/imaging";
import { compile, foldIn, key, stack, type Tensor, tensor } from "@clidim/tensor";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { largestTile } from "./largestTile.js";
import { mapTiles } from "./mapTiles.js";

/** A mean over pixels, and over how many; 0 over none. */
export interface PixelMean {
  readonly loss: number;
  readonly pixels: number;
}

/** How bad a network is on a noisy page in grey values, by the method's own judgement: the lower the better. */
export type HeldLoss = (
  variables: MethodVariables,
  noisy: Plane,
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
  const heldOut = (variables: MethodVariables, x: Tensor): Tensor => {
    const { loss, pixels } = held(variables, x, foldIn(key(seed), HELD));
    return stack([loss, pixels], 0);
  };
  const run = compile(heldOut, { donate: [1] });
  return async (variables, { width, height, data }, normalization) => {
    const tiles: PixelMean[] = [];
    const { multiple } = geometry;
    const maxSide = await largestTile([{ geometry, trace: heldOut, variables }], { width, height });
    await mapTiles(normalize(data, normalization), width, height, { multiple, maxSide }, async (tile) => {
      const x = tensor(tile.data, { shape: [1, tile.height, tile.width, 1] });
      const result = await run(variables, x);
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
