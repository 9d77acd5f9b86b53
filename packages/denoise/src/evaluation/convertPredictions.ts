import { type Affine, InputError, type UnitFit } from "@clidim/imaging";
import type { EvaluationScene } from "../data/pairing.js";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { commonUnits, medianOf } from "../data/pairs/commonUnits.js";
import { verdictOf } from "../data/pairs/comparePair.js";
import { convertedPage } from "../data/pairs/convertedPage.js";
import { figure, meanOf } from "../data/pairs/convertUnits.js";
import type { LookedAt } from "../data/pairs/samplePairs.js";

/** A result whose contrast differs by more than this from the clean image's, though it shows the same, is no bad one but one in other units. */
const LARGEST_FACTOR = 3;

/** The correlation that it has at least. */
const SAME = 0.7;

/**
 * The scenes with predictions whose contrast differs by a factor of more than 3 converted to the units of the clean pages, which is said in `onWarning`; then noisy images are left out of all, as a comparison would be
 * unfair. The map is the scene's, from the pages that tell their units, where most of these have others. Scenes none of whose pages does, as nearly empty ones, have the map of the others where all of these agree; where they do not, they are refused with an `InputError`, with `force` said and left as they are.
 */
export function convertPredictions(
  scenes: readonly EvaluationScene[],
  looked: readonly LookedAt[],
  { force = false, onWarning }: PairCheckOptions,
): readonly EvaluationScene[] {
  const { other, unsure, shared } = unitsOf(scenes, looked);
  const [first] = other;
  if (!first) return scenes;
  if (unsure.length > 0 && !shared) {
    const sentence = `it cannot be told in which units ${namesOf(unsure, scenes)} is: predictions of other files have other units than their clean images, but not all the same; convert them to the units of the clean images, or leave out those of which nothing can be told`;
    if (!force) throw new InputError(sentence, { keys: ["force"] });
    onWarning?.(sentence);
  }
  const { scale, offset } = meanOf(first.fits);
  onWarning?.(
    `${scenes[first.number]!.name} has other units than ${first.clean}: prediction = ${figure(scale)} clean ${offset < 0 ? "-" : "+"} ${figure(Math.abs(offset))}. ` +
      "Such predictions are converted to the units of the clean images before they are judged, so that the figures do not tell whether their brightness is right" +
      (scenes.some(({ noisy }) => noisy)
        ? "; they are not compared with noisy images and other methods, whose units are not fitted: give predictions in the units of the noisy images for that"
        : "") +
      (shared && unsure.length > 0
        ? `. By themselves the pages of ${namesOf(unsure, scenes)} do not tell it: taken for the same units as the others`
        : ""),
  );
  const maps = new Map<number, Affine>(other.map(({ number, fits }) => [number, meanOf(fits)]));
  if (shared) for (const number of unsure) maps.set(number, shared);
  // A fit to the clean pages is worth some dB: against pages without one it would be unfair.
  return scenes.map(({ noisy: _, ...scene }, number) => {
    const map = maps.get(number);
    return map ? inCleanUnits(scene, map) : scene;
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
  /** The map of all scenes that tell something; undefined where some have other units and some not, or several. */
  readonly shared: Affine | undefined;
}

function unitsOf(scenes: readonly EvaluationScene[], looked: readonly LookedAt[]): Units {
  const known = scenes.map((_, number) => {
    const together = looked.filter(
      ({ pair, figures: { correlation } }) =>
        pair.scene === number && correlation && verdictOf(correlation) === "together",
    );
    const telling = together.filter(({ figures }) => tells(figures));
    const others = telling.filter(({ figures }) => haveOtherUnits(figures.units!)); // as it tells
    return { number, together, telling, others };
  });
  const other = known.flatMap(({ number, telling, others }) =>
    others.length > telling.length / 2
      ? [{ number, fits: others.map(({ figures }) => figures.units!), clean: others[0]!.pair.clean.name }]
      : [],
  );
  const middles = other.map(({ fits }) => medianOf(fits));
  // A bad result may have less contrast than its units make.
  const mayBe = ({ figures: { units } }: LookedAt): boolean =>
    middles.some(
      ({ scale }) =>
        units &&
        (Math.abs(Math.log(units.scale / scale)) < Math.abs(Math.log(units.scale)) ||
          Math.abs(units.scale - scale) <= 2 * units.error),
    );
  const unsure = known.flatMap(({ number, telling, together }) =>
    telling.length === 0 && together.every(mayBe) ? [number] : [],
  );
  const all = other.length + unsure.length === scenes.length;
  return { other, unsure, shared: all ? commonUnits(middles) : undefined };
}

/** Whether a page that shows what its clean one does has so little else that the line between their grey values is that of their units. */
const tells = ({ correlation, units }: LookedAt["figures"]): boolean =>
  correlation !== undefined &&
  units !== undefined &&
  units.scale > 0 &&
  correlation.inPlace > SAME * correlation.expected;

const haveOtherUnits = ({ scale }: UnitFit): boolean => Math.abs(Math.log(scale)) > Math.log(LARGEST_FACTOR);

function inCleanUnits(scene: EvaluationScene, { scale, offset }: Affine): EvaluationScene {
  const back = { scale: 1 / scale, offset: -offset / scale };
  const pages = scene.prediction.pages.map((page) => convertedPage(page, back));
  return { ...scene, prediction: { ...scene.prediction, pages } };
}

const namesOf = ([first, ...others]: readonly number[], scenes: readonly EvaluationScene[]): string =>
  `${scenes[first!]!.name}${others.length > 0 ? ` and ${others.length} more` : ""}`; // there is one
