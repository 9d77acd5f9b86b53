import { type Affine, otherUnits, type UnitFit } from "@clidim/imaging";
import type { Scene } from "../pairing.js";
import { comparePair, verdictOf } from "./comparePair.js";
import { convertedPage } from "./convertedPage.js";
import { cleanPage, type LookedAt } from "./samplePairs.js";

/** A scale that is known worse than this is not used for its own page. */
const LARGEST_ERROR = 0.05;

/**
 * The scenes with clean pages of other units (see `otherUnits`) converted to those of the noisy pages, so that what is learnt is in these. The map is fitted for each clean page: to the noisy pages
 * that were looked at where it is the truth of several, else to its own; where noise leaves that uncertain, it is the scene's. Scenes in the same units are returned as they are.
 */
export async function convertUnits(
  scenes: readonly Scene[],
  looked: readonly LookedAt[],
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  const converted: Scene[] = [];
  const told: { readonly noisy: string; readonly clean: string; readonly map: Affine }[] = [];
  for (const [number, scene] of scenes.entries()) {
    const fits = looked.flatMap(({ pair, figures: { units } }) =>
      pair.scene === number && units ? [units] : [],
    );
    if (!scene.clean || scene.averaged || fits.length === 0 || !mostly(otherUnits, fits)) {
      converted.push(scene);
      continue;
    }
    const common = medianOf(fits);
    const maps: Affine[] = [];
    for (const index of scene.clean.keys()) {
      maps.push(scene.clean.length === 1 ? meanOf(fits) : await ownMap(scene, index, common));
      told.push({ noisy: scene.name, clean: cleanPage(scene, index).name, map: maps[index]! });
    }
    converted.push({
      ...scene,
      clean: scene.clean.map((page, i) => convertedPage(page, maps[i]!)),
      units: maps,
    });
  }
  const [first] = told;
  if (first)
    onWarning?.(
      unitsSentence(
        first,
        told.map(({ map }) => map.scale),
      ),
    );
  return converted;
}

function unitsSentence(
  { noisy, clean, map }: { readonly noisy: string; readonly clean: string; readonly map: Affine },
  scales: readonly number[],
): string {
  const line = `${figure(map.scale)} clean ${map.offset < 0 ? "-" : "+"} ${figure(Math.abs(map.offset))}`;
  const [least, most] = [Math.min(...scales), Math.max(...scales)];
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

const medianOf = (fits: readonly UnitFit[]): UnitFit =>
  fits.toSorted((a, b) => a.scale - b.scale)[fits.length >> 1]!; // not called without

async function ownMap(scene: Scene, index: number, common: Affine): Promise<Affine> {
  const { correlation, units } = await comparePair(scene.noisy.pages[index]!, scene.clean![index]!);
  if (!units || !correlation || verdictOf(correlation) !== "together") return common;
  return units.scale > 0 && units.error < LARGEST_ERROR * units.scale ? units : common;
}
