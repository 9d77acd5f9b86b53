import { cutPlane } from "@clidim/imaging";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { alignedBands, type Band } from "./alignedBands.js";
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
 * Small pages are one band, each network having its own tiles. Of larger ones all networks have the same tiles, unless one takes none as large as the least that suits all (`Geometry.largest`): then each has its own. There, it is each tile that an ensemble turns, which comes to the same but for
 * rounding where the network sees as far as the tile's blended edge alone and nothing is drawn. What a method draws is drawn anew there for each tile in each orientation: of a page that is turned, tiles would begin
 * at no multiples, where pixels of two tiles have draws in common.
 */
export function bandDenoiser(
  networks: readonly Network[],
  { ensemble, largestWhole = SMALL_PAGE, maxTileSide }: BandDenoiserOptions = {},
): BandDenoiser {
  const programs = sharedPrograms(networks);
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
  const groups = sharingTiles(programs);
  /** Bands of the networks of a group, which have the same tiles. */
  async function* bandsOfGroup(
    group: readonly number[],
    page: PageRows,
    normalize: Parameters<BandDenoiser>[1],
    onDone: (done: number) => void,
  ): AsyncIterable<Band> {
    const different = [...new Set(group.map((i) => programs[i]!))];
    const multiple = sharedMultiple(different);
    const side =
      maxTileSide ??
      (await largestTile(
        different.map((program) => ({
          ...program,
          variables: networks[programs.indexOf(program)]!.variables,
        })),
        page,
        networks.length,
      ));
    const maxSide = multiple * Math.max(1, Math.floor(side / multiple));
    const ofTiles = denoisers({ maxTileSide: maxSide });
    const aligned = different.some(({ placed }) => placed);
    const own = group.reduce<number>((sum, i) => sum + perNetwork[i]!, 0);
    yield* tileBands(page, { multiple, maxSide, aligned }, async (tile) => {
      const images: ArrayLike<number>[] = [];
      for (const i of group) {
        const { variables, fluxCalibration } = networks[i]!;
        const start = tile.index * own + before[i]! - before[group[0]!]!;
        // Passes over the page.
        const onTile = (done: number): void => onDone((start + done) / tile.count);
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
  }
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
    const done = groups.map(() => 0);
    const streams = groups.map((group, at) =>
      bandsOfGroup(group, page, normalize, (ofGroup) => {
        done[at] = ofGroup;
        onPart?.(done.reduce((sum, part) => sum + part, 0) / passes);
      }),
    );
    for await (const { top, height: ready, parts } of alignedBands(streams)) {
      yield { top, height: ready, images: parts.flat() };
    }
  };
}

/** Networks by their places, in groups that have the same tiles, in their order: all of them, or each by itself where a network takes no tile of a multiple of all. */
function sharingTiles(programs: readonly NetworkProgram[]): readonly (readonly number[])[] {
  const multiple = sharedMultiple(programs);
  const all = [...programs.keys()];
  return programs.every(({ geometry: { largest = multiple } }) => multiple <= largest)
    ? [all]
    : all.map((i) => [i]);
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
