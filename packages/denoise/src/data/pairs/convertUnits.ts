import { type Affine, LARGEST_DRIFT, type LazyPage, otherUnits, type UnitFit } from "@clidim/imaging";
import { changedPages } from "../changedPages.js";
import type { Scene } from "../pairing.js";
import { commonUnits, medianOf } from "./commonUnits.js";
import { comparePair, verdictOf } from "./comparePair.js";
import { convertedPage } from "./convertedPage.js";
import { cleanPage, type LookedAt } from "./samplePairs.js";
import { takenLikewise, unsureUnits } from "./unsureUnits.js";

/** A scale that is known worse than this is not used for its own page. */
const LARGEST_ERROR = 0.05;

/**
 * The scenes with clean pages of other units (see `otherUnits`) converted to those of the noisy pages, so that what is learnt is in these. The map is fitted for each clean page: to the noisy pages
 * that were looked at where it is the truth of several, else to its own; where noise leaves that uncertain, it is the scene's. Scenes whose pages do not tell their units, as nearly empty ones, have
 * those of the others where all of these agree, and are refused where they do not. Scenes in the same units are returned as they are.
 */
export async function convertUnits(
  scenes: readonly Scene[],
  looked: readonly LookedAt[],
  refuse: (sentence: string) => void,
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  const { other, unsure, shared } = unitsOf(scenes, looked);
  const names = unsure.map((number) => cleanPage(scenes[number]!, 0).name);
  if (unsure.length > 0 && !shared) {
    refuse(unsureUnits(names, { pages: "clean images", than: "noisy ones", wanted: "noisy images" }));
  }
  const converted: Scene[] = [];
  const told: { readonly noisy: string; readonly clean: string; readonly map: Affine }[] = [];
  for (const [number, scene] of scenes.entries()) {
    const fits = other.get(number);
    const { clean = [] } = scene;
    let maps: ReadonlyMap<LazyPage, Affine> | undefined;
    if (fits) {
      maps = await mapsOf(scene, clean, fits);
      for (const [page, map] of maps) {
        told.push({ noisy: scene.name, clean: cleanPage(scene, clean.indexOf(page)).name, map });
      }
    } else if (shared && unsure.includes(number)) {
      maps = new Map(clean.map((page) => [page, shared]));
    }
    const mapOf = (page: LazyPage): Affine => maps!.get(page)!; // of each page, where there are any
    converted.push(
      maps
        ? {
            ...scene,
            clean: changedPages(clean, (page) => convertedPage(page, mapOf(page))),
            units: clean.map(mapOf),
          }
        : scene,
    );
  }
  const [first] = told;
  if (first) {
    const scales = told.map(({ map }) => map.scale);
    onWarning?.(unitsSentence(first, scales) + (shared ? takenLikewise(names) : ""));
  }
  return converted;
}

/** What a pair that was looked at tells, and its noisy page's number in the scene. */
interface SceneFit extends UnitFit {
  readonly index: number;
}

/** What the pages of scenes tell of their units. */
interface Units {
  /** The fits of scenes with other units. */
  readonly other: ReadonlyMap<number, readonly SceneFit[]>;
  /** The scenes that may have the units of one of these, for all that their pages tell. */
  readonly unsure: readonly number[];
  /** The map of all scenes that tell something; undefined where some have other units and some not, or several. */
  readonly shared: Affine | undefined;
}

function unitsOf(scenes: readonly Scene[], looked: readonly LookedAt[]): Units {
  const paired = scenes.flatMap(({ clean, averaged }, number) => {
    if (!clean || averaged) return [];
    const fits = looked.flatMap(({ pair, figures: { units } }): SceneFit[] =>
      pair.scene === number && units ? [{ ...units, index: pair.index }] : [],
    );
    return [{ number, fits }];
  });
  const other = paired.filter(({ fits }) => mostly(otherUnits, fits));
  const middles = other.map(({ fits }) => medianOf(fits));
  // Where the dark level alone is another one, a scale tells nothing; that of pages that tell something is its own.
  const mayBe = ({ scale, error }: UnitFit): boolean =>
    middles.some((middle) => !near(middle.scale, 1) && Math.abs(scale - middle.scale) <= 2 * error);
  const unsure = paired.filter((scene) => !other.includes(scene) && scene.fits.every(mayBe));
  const shared = other.length + unsure.length === paired.length ? commonUnits(middles) : undefined;
  return {
    other: new Map(other.map(({ number, fits }) => [number, fits])),
    // Where dark levels alone differ, as where some drifted, the others are as like to be in the same units.
    unsure: shared || middles.some(({ scale }) => !near(scale, 1)) ? unsure.map(({ number }) => number) : [],
    shared,
  };
}

/** Whether two scales differ by no more than drift does. */
const near = (scale: number, other: number): boolean =>
  Math.abs(Math.log(scale / other)) <= Math.log(LARGEST_DRIFT);

/** The map of each clean page. */
async function mapsOf(
  scene: Scene,
  clean: readonly LazyPage[],
  fits: readonly SceneFit[],
): Promise<ReadonlyMap<LazyPage, Affine>> {
  const maps = new Map<LazyPage, Affine>();
  const [only] = clean;
  if (only && clean.length === 1) return maps.set(only, meanOf(fits));
  const common = medianOf(fits);
  for (const [index, page] of clean.entries()) {
    if (maps.has(page)) continue;
    const own = fits.filter((fit) => clean[fit.index] === page && isSure(fit));
    maps.set(page, own.length > 0 ? meanOf(own) : await ownMap(scene, index, common));
  }
  return maps;
}

function unitsSentence(
  { noisy, clean, map }: { readonly noisy: string; readonly clean: string; readonly map: Affine },
  scales: readonly number[],
): string {
  const line = `${figure(map.scale)} clean ${map.offset < 0 ? "-" : "+"} ${figure(Math.abs(map.offset))}`;
  const [least, most] = [scales.reduce((a, b) => Math.min(a, b)), scales.reduce((a, b) => Math.max(a, b))];
  const others =
    scales.length > 1
      ? ` (fitted to each of ${scales.length} clean pages: ${figure(least)} to ${figure(most)})`
      : "";
  return `${clean} has other units than ${noisy}: noisy = ${line}${others}. Clean images are converted to the units of the noisy ones, in which results will be`;
}

/** Four digits of a scale or an offset. */
export const figure = (value: number): string => Number(value.toPrecision(4)).toString();

const mostly = (is: (fit: UnitFit) => boolean, fits: readonly UnitFit[]): boolean =>
  fits.filter(is).length > fits.length / 2;

/** The map between the units of two kinds of pages, from those of their pairs. */
export function meanOf(fits: readonly UnitFit[]): Affine {
  const mean = (of: (fit: UnitFit) => number): number =>
    fits.reduce((sum, fit) => sum + of(fit) / fits.length, 0);
  return { scale: mean(({ scale }) => scale), offset: mean(({ offset }) => offset) };
}

async function ownMap(scene: Scene, index: number, common: Affine): Promise<Affine> {
  const { correlation, units } = await comparePair(scene.noisy.pages[index]!, scene.clean![index]!);
  if (!units || !correlation || verdictOf(correlation) !== "together") return common;
  return isSure(units) ? units : common;
}

const isSure = ({ scale, error }: UnitFit): boolean => scale > 0 && error < LARGEST_ERROR * scale;
