import { counterRandom, InputError, type LazyPage, sizeText } from "@clidim/imaging";
import type { OtherCapture } from "../protocol/batch.js";
import type { Plain } from "../protocol/configurationSpace.js";
import { leavesOf } from "../protocol/leavesOf.js";
import { neighboursOf, pagesWithNeighbours } from "./neighbours.js";
import type { NoisyPage } from "./noisyPlane.js";

/** The file that the noisy pages of a scene are of, where others of its pages are scenes of their own. */
export interface FileOfScenes {
  readonly name: string;
  /** Whether all its pages are captures of one field of view, as far as their axes tell. */
  readonly oneField: boolean;
}

/** Noisy pages of one field of view and what they should look like. */
export interface TrainingScene {
  readonly name: string;
  readonly noisy: readonly NoisyPage[];
  /** One page for all noisy pages, or one for each; absent where noisy pages are all there is. */
  readonly clean?: readonly LazyPage[];
  /** Whether the clean pages are means of noisy pages, which therefore show one field of view. */
  readonly averaged: boolean;
  /** Of how many noisy pages, those that there are among them, the one clean page is the mean, where it is one. */
  readonly averageOf?: number;
  /** Whether the noisy pages are captures of one field of view, as far as their axes tell; where nothing is said of it, their clean pages tell. */
  readonly oneField?: boolean;
  readonly file?: FileOfScenes;
  /** Where in its stack each noisy page lies, ascending, where pages between them are left out or held out; default: one behind the other. */
  readonly places?: readonly number[];
}

/** Where one training crop comes from. */
export interface Crop {
  readonly scene: number;
  readonly page: number;
  readonly y: number;
  readonly x: number;
  /** Counter-clockwise quarter turns, 0 to 3, applied first. */
  readonly turns: number;
  /** Mirrored left to right, after the turns. */
  readonly flip: boolean;
  /** The noisy page of the scene that the same place is taken from once more, see `OtherCapture`. */
  readonly otherPage: number;
  /** All noisy pages that the network sees at once: `page`, and with several frames others, in the order in which they were drawn. */
  readonly frames: readonly number[];
}

/**
 * The crop of one sample of one update: a scene, a page of it (of those with a neighbour, where the other capture is one), a place, an orientation, each uniform. With several frames the others are different pages, in random order.
 * It depends on nothing but its arguments, so that a resumed run goes on exactly.
 */
export function drawCrop(
  scenes: readonly TrainingScene[],
  size: number,
  seed: number,
  update: number,
  sample: number,
  capture: OtherCapture = "any",
  frames = 1,
): Crop {
  const random = counterRandom(seed, update, sample);
  const index = random.integer(scenes.length);
  const scene = scenes[index];
  const first = scene?.noisy[0];
  if (!scene || !first) throw new Error(`drawCrop: scene ${index} of ${scenes.length} has no pages`);
  const pages = scene.noisy.length;
  const able = capture === "next" ? pagesWithNeighbours(scene) : undefined;
  const page = able ? able[random.integer(able.length)]! : random.integer(pages);
  const crop = {
    scene: index,
    page,
    y: random.integer(first.height - size + 1),
    x: random.integer(first.width - size + 1),
    turns: random.integer(4),
    flip: random.integer(2) === 1,
    otherPage: otherPageOf(capture, scene, page, (count) => random.integer(count)),
  };
  const drawn = [page];
  while (drawn.length < frames) {
    const left = pagesLeft(pages, drawn);
    drawn.push(left[random.integer(left.length)]!);
  }
  return { ...crop, frames: drawn };
}

/** The crop with half a turn for three quarters of one, and none for a quarter: rows stay rows, and the four orientations that do so are as probable as each other. */
export const withoutQuarterTurn = (crop: Crop): Crop => ({ ...crop, turns: crop.turns & 2 });

/** The pages that are not drawn yet. */
const pagesLeft = (pages: number, drawn: readonly number[]): number[] =>
  Array.from({ length: pages }, (_, i) => i).filter((i) => !drawn.includes(i));

function otherPageOf(
  capture: OtherCapture,
  scene: TrainingScene,
  page: number,
  draw: (count: number) => number,
): number {
  const pages = scene.noisy.length;
  switch (capture) {
    case "any":
      return draw(pages);
    case "other":
      return (page + 1 + draw(pages - 1)) % pages;
    case "next": {
      const neighbours = neighboursOf(scene, page);
      return neighbours[draw(neighbours.length)]!;
    }
    default:
      return capture satisfies never;
  }
}

/**
 * Every scene must have pages, clean pages that match where the method needs them, and room for a crop; else an `InputError` that names the scene. `cropFor` says which
 * values of keys would do for images of some side.
 */
export function checkCropSize(
  scenes: readonly TrainingScene[],
  size: number,
  cropFor: (side: number) => Plain | undefined,
): void {
  if (scenes.length === 0) throw new InputError("training: expected at least one scene, got none");
  for (const { name, noisy, clean = [] } of scenes) {
    if (noisy.length === 0) throw new InputError(`${name}: expected at least one noisy page, got none`);
    if (clean.length > 1 && clean.length !== noisy.length) {
      throw new InputError(`${name}: expected 1 or ${noisy.length} clean pages, got ${clean.length}`);
    }
    const page = noisy[0]!;
    for (const other of [...noisy, ...clean]) {
      if (other.width !== page.width || other.height !== page.height) {
        throw new InputError(
          `${name}: pages differ in size (${sizeText(page)} and ${sizeText(other)} pixels)`,
        );
      }
    }
    if (page.width < size || page.height < size) {
      const fitting = cropFor(Math.min(page.width, page.height));
      const changes = leavesOf(fitting ?? {});
      const advice = fitting
        ? `set ${changes.map(([key, value]) => `${key} to ${value}`).join(" and ")}, or leave this file out`
        : "the method takes no crops so small, so leave this file out";
      throw new InputError(
        `${name} is ${sizeText(page)} pixels, smaller than the training crop of ${size} x ${size}; ${advice}`,
        { keys: changes.map(([key]) => key) },
      );
    }
  }
}

/** Which pixels a crop shows, as indices into its page. */
export interface CropWalk {
  /** The pixel that goes to row 0, column 0. */
  readonly first: number;
  /** From one row of the crop to the next. */
  readonly alongRows: number;
  readonly alongColumns: number;
}

/** The walk of a crop of `size x size` pixels over a page of the given width. */
export function cropWalk(
  { y, x, turns, flip }: Pick<Crop, "y" | "x" | "turns" | "flip">,
  width: number,
  size: number,
): CropWalk {
  const last = size - 1;
  // A counter-clockwise quarter turn takes out[i][j] from in[j][last - i].
  const [y0, x0, alongColumns, alongRows] = (
    [
      [0, 0, 1, width],
      [0, last, width, -1],
      [last, last, -1, -width],
      [last, 0, -width, 1],
    ] as const
  )[turns as 0 | 1 | 2 | 3]; // drawCrop gives 0 to 3
  const first = (y + y0) * width + x + x0;
  return flip
    ? { first: first + last * alongColumns, alongRows, alongColumns: -alongColumns }
    : { first, alongRows, alongColumns };
}
