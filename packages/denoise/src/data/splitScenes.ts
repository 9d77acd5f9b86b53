import { cutPage, evenlySpread, InputError, type LazyPage, type Rectangle, sizeText } from "@clidim/imaging";
import type { SplitUnit } from "../protocol/runConfiguration.js";
import { changedPages } from "./changedPages.js";
import type { TrainingScene } from "./crops.js";
import { groupFrames } from "./frameGroups.js";
import { keptPages } from "./keptPages.js";
import { placeOf } from "./neighbours.js";
import type { NoisyPage } from "./noisyPlane.js";
import { areCaptures, type Captures } from "./pageAxes.js";
import type { Scene } from "./pairing.js";

/** A noisy page that is not trained on. */
export interface HeldPage {
  readonly name: string;
  readonly noisy: NoisyPage;
  /** Its truth, where there is one. */
  readonly clean?: LazyPage;
  /** Another capture of the same scene that is not trained on either, where there is one. */
  readonly capture?: LazyPage;
}

/** A noisy page that is not trained on, and its truth. */
export type ValidationPage = HeldPage & { readonly clean: LazyPage };

export const splitKinds = ["scenes", "pages", "captures", "regions", "test", "none"] as const;

/** What is trained on and what is held out. */
export interface SceneSplit {
  /**
   * What the held-out pages have in common with the training pages. "scenes": nothing, they are other fields of view. "pages": they
   * come from the same files, each with a truth of its own. "captures": they are other captures of the fields of view that are
   * trained on, or some of them are, so that their figures say nothing about new fields. "regions": they are other parts of the same pages. "test": they are the test
   * set. "none": nothing is held out.
   */
  readonly kind: (typeof splitKinds)[number];
  /** Which held-out pages show a field that is trained on, in a sentence, where their clean images tell (`toldByTruths`). */
  readonly sameField?: string;
  readonly training: readonly TrainingScene[];
  readonly validation: readonly HeldPage[];
}

function pageName({ name, noisy }: TrainingScene, page: number, frames: number): string {
  if (noisy.length === 1) return name;
  if (frames === 1) return `${name}, page ${page} of the selection`;
  return `${name}, pages ${page * frames} to ${(page + 1) * frames - 1} of the selection`;
}

/** A scene as crops are taken from it. */
export function trainingScene(
  { name, noisy, clean, averaged, file }: Scene,
  captures?: Captures,
): TrainingScene {
  return {
    name,
    noisy: noisy.pages,
    ...(clean && { clean }),
    averaged,
    ...(averaged && { averageOf: noisy.pages.length }),
    oneField: areCaptures(noisy, captures),
    ...(noisy.numbers && { places: noisy.numbers }),
    ...(file && { file }),
  };
}

/** The pages of a scene one by one, or groups of so many captures, with their truth; see `groupFrames`. */
export function scenePages(
  scene: TrainingScene & { readonly clean: readonly LazyPage[] },
  frames?: number,
): ValidationPage[];
export function scenePages(scene: TrainingScene, frames?: number): HeldPage[];
export function scenePages(scene: TrainingScene, frames = 1): HeldPage[] {
  const { noisy, clean } = groupFrames(scene, frames);
  return noisy.map((page, i) => ({
    name: pageName(scene, i, frames),
    noisy: page,
    ...(clean && { clean: clean[clean.length === 1 ? 0 : i]! }),
  }));
}

/**
 * Those of `scenePages` that are held out, each with the held-out one that was taken nearest to it (of two, the later) as another capture, where they are captures of one field: what moves or bleaches did so least between them.
 */
function heldPages(
  scene: TrainingScene,
  frames: number,
  isHeld: (page: number) => boolean = () => true,
): readonly HeldPage[] {
  const held = scenePages(scene, frames).flatMap((page, i) =>
    isHeld(i * frames) ? { page, place: placeOf(scene, i * frames) } : [],
  );
  if (!scene.oneField || held.length < 2) return held.map(({ page }) => page);
  return held.map(({ page, place }, i) => {
    const [before, after] = [held[i - 1], held[i + 1]];
    const later = after && (!before || after.place - place <= place - before.place);
    return { ...page, capture: (later ? after : before!).page.noisy };
  });
}

/** How many of `total` to hold out: at least one where the fraction is positive and one can be spared. */
function heldOut(fraction: number, total: number): number {
  return fraction === 0 || total < 2 ? 0 : Math.min(total - 1, Math.max(1, Math.round(fraction * total)));
}

/**
 * Holds out a fraction in [0, 1). "scenes": whole scenes, and where several are of one file, all of the file, or scenes of it where it is the only one; "frames": pages of every scene that has two or more; "regions": a strip of every page, at its
 * lower end, or at the right of a page that is wider than high; "auto": scenes where there are at least two, else frames. At
 * least one scene or page where the fraction is positive and one can be spared. Which ones depends on the numbers alone: they are
 * evenly spread. Of the pages of a scene so many as `together` says are held out one behind the other, and as many are left at least: 2 where pages are judged by other captures, as many
 * as `frames` where a network sees so many at once.
 */
export function splitScenes(
  scenes: readonly TrainingScene[],
  fraction: number,
  unit: SplitUnit = "auto",
  together = 1,
  frames = 1,
): SceneSplit {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new InputError(`validation: expected a fraction of at least 0 and below 1, got ${fraction}`, {
      keys: ["validation"],
    });
  }
  if (fraction === 0) return { kind: "none", training: scenes, validation: [] };
  switch (unit) {
    case "auto":
      return scenes.length > 1
        ? byScene(scenes, fraction, frames)
        : byFrame(scenes, fraction, together, frames);
    case "scenes":
      return byScene(scenes, fraction, frames);
    case "frames":
      return byFrame(scenes, fraction, together, frames);
    case "regions":
      return byRegion(scenes, fraction, frames);
    default:
      return unit satisfies never;
  }
}

function byScene(scenes: readonly TrainingScene[], fraction: number, frames: number): SceneSplit {
  const files = new Set(scenes.map(fileOf));
  const { file } = scenes[0] ?? {};
  const ofOneFile = files.size === 1 && file;
  const units = ofOneFile ? scenes : [...files];
  const out = new Set(evenlySpread(heldOut(fraction, units.length), units.length).map((i) => units[i]!));
  const isOut = (scene: TrainingScene): boolean => out.has(ofOneFile ? scene : fileOf(scene));
  const apart = ofOneFile ? (file.oneField ? "captures" : "pages") : "scenes";
  return {
    kind: out.size === 0 ? "none" : apart,
    training: scenes.filter((scene) => !isOut(scene)),
    validation: scenes.filter(isOut).flatMap((scene) => heldPages(scene, frames)),
  };
}

/** What tells whether scenes are of one file: its name, or the scene itself where it is all of its file. */
const fileOf = (scene: TrainingScene): string | TrainingScene => scene.file?.name ?? scene;

function byFrame(
  scenes: readonly TrainingScene[],
  fraction: number,
  together: number,
  frames: number,
): SceneSplit {
  const validation: HeldPage[] = [];
  let oneField = false;
  const training = scenes.map((scene) => {
    const { noisy } = scene;
    const groups = Math.floor(noisy.length / together);
    const chosen = evenlySpread(heldOut(fraction, groups), groups);
    const out = new Set(
      chosen.flatMap((group) => [...Array(together).keys()].map((i) => together * group + i)),
    );
    validation.push(...heldPages(scene, frames, (page) => out.has(page)));
    if (out.size > 0) oneField ||= showsOneField(scene);
    return keptPages(
      scene,
      [...noisy.keys()].filter((page) => !out.has(page)),
    );
  });
  if (validation.length === 0) return { kind: "none", training: scenes, validation };
  return { kind: oneField ? "captures" : "pages", training, validation };
}

/** Pages that have one truth show one field; those without any do where they are captures. */
const showsOneField = ({ clean, averaged, oneField = false }: TrainingScene): boolean =>
  averaged || (clean ? clean.length === 1 || new Set(clean).size < clean.length : oneField);

/** The window of SSIM is 7 pixels wide, and a strip should hold more than one. */
const NARROWEST_STRIP = 16;

/** What of a page is trained on and what is held out where a fraction of each page is: a strip at its lower end, or at the right of a page that is wider than high. */
export function heldStrip(
  { width, height }: { readonly width: number; readonly height: number },
  fraction: number,
): { readonly rest: Rectangle; readonly held: Rectangle } {
  const wide = width > height;
  const long = wide ? width : height;
  const strip = Math.round(fraction * long);
  const start = long - strip;
  return wide
    ? { rest: { x: 0, y: 0, width: start, height }, held: { x: start, y: 0, width: strip, height } }
    : { rest: { x: 0, y: 0, width, height: start }, held: { x: 0, y: start, width, height: strip } };
}

function byRegion(scenes: readonly TrainingScene[], fraction: number, frames: number): SceneSplit {
  const parts = scenes.map((scene) => {
    const page = scene.noisy[0]!;
    const { rest, held } = heldStrip(page, fraction);
    const strip = Math.min(held.width, held.height);
    if (strip < NARROWEST_STRIP) {
      throw new InputError(
        `split regions: ${fraction} of ${scene.name} (${sizeText(page)} pixels) is a strip of ${strip} pixels, expected at least ${NARROWEST_STRIP}; ` +
          "hold out a larger fraction",
        { keys: ["validation"] },
      );
    }
    if (Math.min(rest.width, rest.height) < 1) {
      throw new InputError(
        `split regions: ${fraction} of ${scene.name} (${sizeText(page)} pixels) leaves nothing to train on; hold out a smaller fraction`,
        { keys: ["validation"] },
      );
    }
    return { rest: cutScene(scene, rest), held: cutScene(scene, held) };
  });
  return {
    kind: "regions",
    training: parts.map(({ rest }) => rest),
    validation: parts.flatMap(({ held }) => heldPages(held, frames)),
  };
}

/** A part of every page of a scene. */
export function cutScene(scene: TrainingScene, rectangle: Rectangle): TrainingScene {
  const cut = (page: LazyPage): LazyPage => cutPage(page, rectangle);
  const { noisy, clean } = scene;
  return { ...scene, noisy: noisy.map(cut), ...(clean && { clean: changedPages(clean, cut) }) };
}
