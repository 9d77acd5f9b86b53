import { fromFunction } from "@clidim/imaging";
import { compile, type Tensor, tensor } from "@clidim/tensor";
import type { FluxCalibration } from "../model/fluxCalibration.js";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import { inputChannels, type RunConfiguration } from "../protocol/runConfiguration.js";
import { largestTile, type TiledNetwork } from "./largestTile.js";
import { mapTiles, type Tile } from "./mapTiles.js";

export interface DenoiserOptions {
  /** Largest side of what goes through the network at once, in pixels. Default: what the device's memory allows. */
  readonly maxTileSide?: number;
  /** What the network's values are corrected by. Default: nothing. */
  readonly fluxCalibration?: Pick<FluxCalibration, "gain" | "offset">;
}

export interface DenoiseOptions {
  /** Called after each tile with the number of tiles done and the number of all. */
  readonly onTile?: (done: number, total: number) => void;
}

/**
 * Denoises a page of network values (see `normalize`), row-major; the result has the same extents and units. Where the network sees several captures at once, or the level of noise, the page has
 * their values for each pixel one after the other (see `networkValues`).
 */
export type Denoiser = (
  page: Float32Array,
  width: number,
  height: number,
  options?: DenoiseOptions,
) => Promise<Float32Array>;

/** What a trained method is applied by. */
export type Applied<C extends RunConfiguration = RunConfiguration> = Pick<
  TrainedMethod<C>,
  "apply" | "geometry" | "posteriorSample"
>;

/**
 * A function that denoises pages of any size with a trained method. `variables` are the network's, or a function that returns them as they are at each call, for a
 * network under training.
 *
 * Pages are mirrored at the right and bottom to multiples of what the network takes, processed and cropped. A page larger than the tile side is covered with
 * tiles that overlap by a quarter or more, blended with sin^2 ramps. Pages and tiles of one size share one compiled program. It is the network alone, without what a model's results may be a mean with (see `modelDenoiser`). What a method draws, it draws for places of the page.
 */
export const denoiser = <C extends RunConfiguration>(
  method: Applied<C>,
  configuration: C,
  variables: MethodVariables | (() => MethodVariables),
  options: DenoiserOptions = {},
): Denoiser => programDenoiser(networkProgram(method, configuration), variables, options);

/** A network of any weights, compiled for each size of a tile. */
export interface NetworkProgram extends Omit<TiledNetwork, "variables"> {
  /** Of tiles [N,H,W,channels], which are donated; with an origin where it is `placed`, see `TrainedMethod.apply`. */
  readonly run: (variables: MethodVariables, x: Tensor, origin?: Tensor) => Promise<Tensor>;
  /** Whether the tiles of a page have origins, and therefore begin at multiples. */
  readonly placed: boolean;
}

export function networkProgram<C extends RunConfiguration>(
  method: Applied<C>,
  configuration: C,
): NetworkProgram {
  const apply = method.apply(configuration);
  const denoise = (variables: MethodVariables, x: Tensor): Tensor => apply(variables, x);
  const denoisePlaced = (variables: MethodVariables, x: Tensor, origin: Tensor): Tensor =>
    apply(variables, x, origin);
  // Tiles are planned as those of a page of several.
  const first = (variables: MethodVariables, x: Tensor): Tensor =>
    denoisePlaced(variables, x, tensor(Uint32Array.of(0, 0)));
  const whole = compile(denoise, { donate: [1] });
  const placed = compile(denoisePlaced, { donate: [1, 2] });
  return {
    geometry: method.geometry(configuration),
    channels: inputChannels(configuration),
    trace: method.posteriorSample ? first : denoise,
    run: (variables, x, origin) => (origin ? placed(variables, x, origin) : whole(variables, x)),
    placed: method.posteriorSample !== undefined,
  };
}

/** `denoiser` by a program that others may use as well. */
export function programDenoiser(
  { geometry, channels, trace, run, placed }: NetworkProgram,
  variables: MethodVariables | (() => MethodVariables),
  { maxTileSide, fluxCalibration }: DenoiserOptions = {},
): Denoiser {
  const { multiple } = geometry;
  return async (page, width, height, { onTile } = {}) => {
    checkPage("denoise", page, width, height, channels);
    const { params, stats } = typeof variables === "function" ? variables() : variables;
    const current = { params, stats };
    const maxSide =
      maxTileSide ??
      (await largestTile([{ geometry, channels, trace, variables: current }], { width, height }));
    const tiles = { multiple, maxSide, frames: channels, aligned: placed };
    const [output] = await mapTiles(page, width, height, tiles, async (tile) => {
      const denoised = await denoiseTile({ run, channels, placed }, current, tile, fluxCalibration);
      onTile?.(tile.index + 1, tile.count);
      return [denoised];
    });
    return output!; // one image per tile
  };
}

/** A tile of network values, denoised and corrected where that is asked for. */
export const denoiseTile = (
  program: Pick<NetworkProgram, "run" | "channels" | "placed">,
  variables: MethodVariables,
  tile: TileValues,
  fluxCalibration?: DenoiserOptions["fluxCalibration"],
): Promise<ArrayLike<number>> =>
  denoiseImages(
    program,
    variables,
    { ...tile, count: 1, ...(program.placed && { origin: originOf(tile) }) },
    fluxCalibration,
  );

type TileValues = Pick<Tile, "data" | "height" | "width" | "top" | "left" | "count">;

/** Where a tile begins, of a page of several. */
export const originOf = ({
  top,
  left,
  count,
}: Pick<Tile, "top" | "left" | "count">): readonly [top: number, left: number] | undefined =>
  count > 1 ? [top, left] : undefined;

/** Images of one size, one after the other. */
interface ImageValues extends Pick<Tile, "data" | "height" | "width"> {
  readonly count: number;
  /** Where they lie on a page of several tiles. */
  readonly origin?: readonly [top: number, left: number] | undefined;
}

/** Images of one size, likewise. */
export async function denoiseImages(
  { run, channels }: Pick<NetworkProgram, "run" | "channels">,
  variables: MethodVariables,
  { data, count, height, width, origin }: ImageValues,
  fluxCalibration?: DenoiserOptions["fluxCalibration"],
): Promise<ArrayLike<number>> {
  const result = await run(
    variables,
    tensor(data, { shape: [count, height, width, channels] }),
    ...(origin ? [tensor(Uint32Array.from(origin))] : []),
  );
  const denoised = await result.data();
  result.donate("denoise").release();
  return corrected(denoised, fluxCalibration);
}

/** Outside the program, which models of one configuration share. */
function corrected(
  values: ArrayLike<number>,
  fluxCalibration: DenoiserOptions["fluxCalibration"],
): ArrayLike<number> {
  if (!fluxCalibration) return values;
  const { gain, offset } = fluxCalibration;
  return fromFunction(new Float32Array(values.length), (i) => gain * values[i]! + offset);
}

/** Refuses a page of another size, or with another number of values for each pixel, than it is said to have. */
export function checkPage(op: string, page: Float32Array, width: number, height: number, channels = 1): void {
  const values = width * height * channels;
  if (width >= 1 && height >= 1 && page.length === values) return;
  const each = channels === 1 ? "" : `, ${channels} values each,`;
  throw new Error(
    `${op}: a page of ${width} x ${height} pixels${each} has ${values} values, got ${page.length}`,
  );
}
