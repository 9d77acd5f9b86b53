import { type Affine, InputError, type UnitFit } from "@clidim/imaging";
import type { EvaluationScene } from "../data/pairing.js";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { commonUnits, medianOf } from "../data/pairs/commonUnits.js";
import { verdictOf } from "../data/pairs/comparePair.js";
import { convertedPage } from "../data/pairs/convertedPage.js";
import { figure, meanOf } from "../data/pairs/convertUnits.js";
import type { LookedAt } from "../data/pairs/samplePairs.js";
import { takenLikewise, unsureUnits } from "../data/pairs/unsureUnits.js";

/** A result whose contrast differs by more than this from the clean image's, though it shows the same, is no bad one but one in other units. */
const LARGEST_FACTOR = 3;

/** The correlation that it has at least. */
const SAME = 0.7;

/**
 * The scenes with predictions whose contrast differs by a factor of more than 3 converted to the units of the clean pages, which is said in `onWarning`; then noisy images are left out of all, as a comparison would be
 * unfair. The map is the scene's, from the pages that tell their units, where most of these have others. Scenes none of whose pages does, as nearly empty ones, have the map of the others where all of these agree. Where they do not, scenes in which nothing is to be seen are left out, which is said, and others are refused with an `InputError`; with `force` both are said and left as they are.
 */
export function convertPredictions(
  scenes: readonly EvaluationScene[],
  looked: readonly LookedAt[],
  { force = false, onWarning }: PairCheckOptions,
): readonly EvaluationScene[] {
  const { other, unsure, shared, seen } = unitsOf(scenes, looked);
  const [first] = other;
  if (!first) return scenes;
  const names = unsure.map((number) => scenes[number]!.name);
  const told = shared !== undefined || unsure.length === 0;
  if (!told) {
    const sentence = unsureUnits(names, {
      pages: "predictions",
      than: "clean images",
      wanted: "clean images",
    });
    if (seen && !force) throw new InputError(sentence, { keys: ["force"] });
    onWarning?.(
      force
        ? sentence
        : `${sentence}. As there is nothing to be seen in them, they are left out of the figures`,
    );
  }
  const { scale, offset } = meanOf(first.fits);
  onWarning?.(
    `${scenes[first.number]!.name} has other units than ${first.clean}: prediction = ${figure(scale)} clean ${offset < 0 ? "-" : "+"} ${figure(Math.abs(offset))}. ` +
      "Such predictions are converted to the units of the clean images before they are judged, so that the figures do not tell whether their brightness is right" +
      (scenes.some(({ noisy }) => noisy)
        ? "; they are not compared with noisy images and other methods, whose units are not fitted: give predictions in the units of the noisy images for that"
        : "") +
      (shared ? takenLikewise(names) : ""),
  );
  const maps = new Map<number, Affine>(other.map(({ number, fits }) => [number, meanOf(fits)]));
  if (shared) for (const number of unsure) maps.set(number, shared);
  // A fit to the clean pages is worth some dB: against pages without one it would be unfair.
  return scenes.flatMap(({ noisy: _, ...scene }, number) => {
    if (!told && !force && unsure.includes(number)) return [];
    const map = maps.get(number);
    return [map ? inCleanUnits(scene, map) : scene];
  });
}

/** What the pages of scenes tell of the units of their predictions. */
interface Units {
  /** The scenes with other units, the fits that say so, and the clean page of the first of these. */
  readonly other: readonly {
    readonly number: number;
    readonly fits: readonly UnitFit[];
    readonly clean: string;
  }[];
  /** The scenes that may have the units of one of these, for all that their pages tell. */
  readonly unsure: readonly number[];
  /** Whether something is to be seen in one of the unsure ones, that of its clean page or something else. */
  readonly seen: boolean;
  /** The map of all scenes that tell something; undefined where some have other units and some not, or several. */
  readonly shared: Affine | undefined;
}

function unitsOf(scenes: readonly EvaluationScene[], looked: readonly LookedAt[]): Units {
  const known = scenes.map((_, number) => {
    const verdicts = looked.flatMap((one) => {
      const { correlation } = one.figures;
      return one.pair.scene === number && correlation ? [{ one, verdict: verdictOf(correlation) }] : [];
    });
    const together = verdicts.flatMap(({ one, verdict }) => (verdict === "together" ? [one] : []));
    const telling = together.filter(({ figures }) => tells(figures));
    const others = telling.filter(({ figures }) => haveOtherUnits(figures.units!)); // as it tells
    return { number, together, telling, others, seen: verdicts.some(({ verdict }) => verdict !== "unclear") };
  });
  const other = known.flatMap(({ number, together, telling, others }) => {
    if (others.length <= telling.length / 2) return [];
    const fits = others.map(({ figures }) => figures.units!);
    const middle = medianOf(fits);
    // Those that do not tell their units are against it, too, where they are surely in those of their clean pages.
    const alike = together.filter((one) =>
      telling.includes(one) ? others.includes(one) : mayHave(middle, one),
    );
    if (alike.length <= together.length / 2) return [];
    return [{ number, fits, clean: others[0]!.pair.clean.name }];
  });
  const middles = other.map(({ fits }) => medianOf(fits));
  const unsure = known.filter(
    ({ telling, together }) =>
      telling.length === 0 && together.every((one) => middles.some((middle) => mayHave(middle, one))),
  );
  const all = other.length + unsure.length === scenes.length;
  return {
    other,
    unsure: unsure.map(({ number }) => number),
    seen: unsure.some(({ seen }) => seen),
    shared: all ? commonUnits(middles) : undefined,
  };
}

/** Whether a page that shows what its clean one does has so little else that the line between their grey values is that of their units. */
const tells = ({ correlation, units }: LookedAt["figures"]): boolean =>
  correlation !== undefined &&
  units !== undefined &&
  units.scale > 0 &&
  correlation.inPlace > SAME * correlation.expected;

/** Whether the page of a prediction may have these units. A bad result may have less contrast than its units make. */
const mayHave = ({ scale }: UnitFit, { figures: { units } }: LookedAt): boolean =>
  units !== undefined &&
  (Math.abs(Math.log(units.scale / scale)) < Math.abs(Math.log(units.scale)) ||
    Math.abs(units.scale - scale) <= 2 * units.error);

const haveOtherUnits = ({ scale }: UnitFit): boolean => Math.abs(Math.log(scale)) > Math.log(LARGEST_FACTOR);

function inCleanUnits(scene: EvaluationScene, { scale, offset }: Affine): EvaluationScene {
  const back = { scale: 1 / scale, offset: -offset / scale };
  const pages = scene.prediction.pages.map((page) => convertedPage(page, back));
  return { ...scene, prediction: { ...scene.prediction, pages } };
}
