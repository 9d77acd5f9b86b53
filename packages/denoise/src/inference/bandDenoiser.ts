import { cutPlane } from "@clidim/imaging";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { Band } from "./alignedBands.js";
import { batchDenoiser } from "./batchDenoiser.js";
import {
  type Applied,
  type Denoiser,
  type DenoiserOptions,
  denoiseTile,
  type NetworkProgram,
  networkProgram,
  programDenoiser,
} from "./denoise.js";
import { largestTile, SMALL_PAGE, sharedMultiple } from "./largestTile.js";
import type { Tile } from "./mapTiles.js";
import { orientationsOf } from "./orientationsOf.js";
import type { PageRows } from "./pageRows.js";
import { selfEnsemble } from "./selfEnsemble.js";
import { tileBands } from "./tileBands.js";

/** A network with its weights. */
export interface Network<C extends RunConfiguration = RunConfiguration> {
  readonly method: Applied<C> & Pick<TrainedMethod<C>, "noiseAxis">;
  readonly configuration: C;
  readonly variables: MethodVariables;
  /** What its values are corrected by. */
  readonly fluxCalibration?: DenoiserOptions["fluxCalibration"];
}

export interface BandDenoiserOptions extends Pick<DenoiserOptions, "maxTileSide"> {
  /** Average over the orientations of a page (see `orientationsOf`). Default: as the configuration of each network says. */
  readonly ensemble?: boolean;
  /** Pages of at most so many pixels are one band. Default `SMALL_PAGE`. */
  readonly largestWhole?: number;
}

/**
 * Denoises a page by bands of rows, from the top, one image for each network, in network values. `normalize` takes what the rows of the page have to those of each network, `onPart` is told which
 * part of the page is done.
 */
export type BandDenoiser = (
  page: PageRows,
  normalize: readonly ((values: ArrayLike<number>) => Float32Array)[],
  onPart?: (part: number) => void,
) => AsyncIterable<Band>;

/**
 * What `denoiser` makes of a page with each of the networks, for pages that are never whole in memory: the rows of a row of tiles are. Networks of one configuration share their program.
 *
 * Small pages are one band, each network having its own tiles. Of larger ones all networks have the same tiles. There, it is each tile that an ensemble turns, which comes to the same but for
 * rounding where the network sees as far as the tile's blended edge alone and nothing is drawn. What a method draws is drawn anew there for each tile in each orientation: of a page that is turned, tiles would begin
 * at no multiples, where pixels of two tiles have draws in common.
 */
export function bandDenoiser(
  networks: readonly Network[],
  { ensemble, largestWhole = SMALL_PAGE, maxTileSide }: BandDenoiserOptions = {},
): BandDenoiser {
  const programs = sharedPrograms(networks);
  const different = [...new Set(programs)];
  const multiple = sharedMultiple(different);
  const perNetwork = networks.map((network) => orientationsOf(network, ensemble));
  const passes = perNetwork.reduce<number>((sum, own) => sum + own, 0);
  const before = perNetwork.map((_, i) => perNetwork.slice(0, i).reduce<number>((sum, own) => sum + own, 0));
  const denoisers = (options: DenoiserOptions): Denoiser[] =>
    networks.map(({ variables, fluxCalibration }, i) => {
      const corrected = { ...options, ...(fluxCalibration && { fluxCalibration }) };
      const denoise = programDenoiser(programs[i]!, variables, corrected);
      const orientations = perNetwork[i]!;
      if (orientations === 1) return denoise;
      const batch = batchDenoiser(programs[i]!, variables, corrected);
      return selfEnsemble(denoise, batch, programs[i]!.channels, orientations);
    });
  const sideOf = async (page: PageRows): Promise<number> =>
    maxTileSide ??
    (await largestTile(
      different.map((program) => ({ ...program, variables: networks[programs.indexOf(program)]!.variables })),
      page,
      networks.length,
    ));
  return async function* (page, normalize, onPart) {
    const { width, height } = page;
    if (width * height <= largestWhole) {
      const rows = await page.rows(0, height);
      const images: Float32Array[] = [];
      for (const [i, denoise] of denoisers(maxTileSide === undefined ? {} : { maxTileSide }).entries()) {
        const onTile = (done: number, total: number): void =>
          onPart?.((before[i]! + (perNetwork[i]! * done) / total) / passes);
        images.push(await denoise(normalize[i]!(rows), width, height, { onTile }));
      }
      yield { top: 0, height, images };
      return;
    }
    const maxSide = multiple * Math.max(1, Math.floor((await sideOf(page)) / multiple));
    const ofTiles = denoisers({ maxTileSide: maxSide });
    const aligned = different.some(({ placed }) => placed);
    yield* tileBands(page, { multiple, maxSide, aligned }, async (tile) => {
      const images: ArrayLike<number>[] = [];
      for (const [i, { variables, fluxCalibration }] of networks.entries()) {
        const start = tile.index * passes + before[i]!;
        const onTile = (done: number): void => onPart?.((start + done) / (tile.count * passes));
        if (perNetwork[i]! > 1) {
          images.push(await onPageOfTile(tile, normalize[i]!, ofTiles[i]!, onTile));
        } else {
          const values = { ...tile, data: normalize[i]!(tile.data) };
          images.push(await denoiseTile(programs[i]!, variables, values, fluxCalibration));
          onTile(1);
        }
      }
      return images;
    });
  };
}

/** For each network its program. */
function sharedPrograms(networks: readonly Network[]): NetworkProgram[] {
  const known: { readonly method: Applied; readonly key: string; readonly program: NetworkProgram }[] = [];
  return networks.map(({ method, configuration }) => {
    const key = JSON.stringify(configuration);
    const same = known.find((other) => other.method === method && other.key === key);
    if (same) return same.program;
    const program = networkProgram(method, configuration);
    known.push({ method, key, program });
    return program;
  });
}

/** Denoises what a tile has of the page, so that what is mirrored is mirrored anew for each orientation, as it is of a page. */
async function onPageOfTile(
  { data, width, height, frames, columns, rows }: Tile,
  normalize: (values: ArrayLike<number>) => Float32Array,
  denoise: Denoiser,
  onTile: (done: number) => void,
): Promise<Float32Array> {
  const across = { width: width * frames, height, data };
  const part = cutPlane(across, { x: 0, y: 0, width: columns * frames, height: rows });
  const denoised = await denoise(normalize(part.data), columns, rows, { onTile });
  const whole = new Float32Array(width * height);
  for (let y = 0; y < rows; y++) whole.set(denoised.subarray(y * columns, (y + 1) * columns), y * width);
  return whole;
}
