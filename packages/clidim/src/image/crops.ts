import { counterRandom } from "./counterRandom.js";
import { type Plane, sizeText } from "./image.js";
import { InputError } from "./inputError.js";

/** Noisy pages of one field of view and what they should look like. */
export interface TrainingScene {
  readonly name: string;
  readonly noisy: readonly Plane[];
  /** One page for all noisy pages, or one for each. */
  readonly clean: readonly Plane[];
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
  /** Another noisy page of the scene for the same place (or the same page, by chance or where there is but one). */
  readonly otherPage: number;
}

/** Crops, each `[batch, size, size, 1]` in grey values, and where they come from. */
export interface CropBatch {
  readonly noisy: Float32Array;
  readonly clean: Float32Array;
  /** The places of `noisy` in another capture of the same scene. */
  readonly capture: Float32Array;
  /** [batch]: the index of each crop's scene. */
  readonly scenes: Int32Array;
  /** [batch, 2]: the top left corner of each crop, [y, x] in pixels. */
  readonly corners: Int32Array;
}

/**
 * The crop of one sample of one update: a scene, a page of it, a place, an orientation, each uniform.
 * It depends on nothing but `(seed, update, sample)` and the scenes, so that a resumed run goes on exactly.
 */
export function drawCrop(
  scenes: readonly TrainingScene[],
  size: number,
  seed: number,
  update: number,
  sample: number,
): Crop {
  const random = counterRandom(seed, update, sample);
  const index = random.integer(scenes.length);
  const scene = scenes[index];
  const first = scene?.noisy[0];
  if (!scene || !first) throw new Error(`drawCrop: scene ${index} of ${scenes.length} has no pages`);
  return {
    scene: index,
    page: random.integer(scene.noisy.length),
    y: random.integer(first.height - size + 1),
    x: random.integer(first.width - size + 1),
    turns: random.integer(4),
    flip: random.integer(2) === 1,
    otherPage: random.integer(scene.noisy.length),
  };
}

/** The discriminator has no output for less. */
const SMALLEST_CROP = 32;

/** Crops are multiples of 2^downs, so a smaller crop takes fewer downs. */
function cropAdvice(side: number): string {
  if (side < SMALLEST_CROP) return `the smallest crop is ${SMALLEST_CROP}, so leave this file out`;
  const downs = Math.floor(Math.log2(side));
  return `use --crop ${2 ** downs} --downs ${downs}, or leave this file out`;
}

/** Every scene must have pages, matching clean pages, and room for a crop; else an `InputError` that names the scene. */
export function checkCropSize(scenes: readonly TrainingScene[], size: number): void {
  if (scenes.length === 0) throw new InputError("training: expected at least one scene, got none");
  for (const { name, noisy, clean } of scenes) {
    if (noisy.length === 0) throw new InputError(`${name}: expected at least one noisy page, got none`);
    if (clean.length !== 1 && clean.length !== noisy.length) {
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
      throw new InputError(
        `${name} is ${sizeText(page)} pixels, smaller than the training crop of ${size} x ${size}; ` +
          cropAdvice(Math.min(page.width, page.height)),
      );
    }
  }
}

/** The batch of one update: `batch` crops of `size x size` pixels, noisy and clean treated alike. */
export function sampleCrops(
  scenes: readonly TrainingScene[],
  { seed, update, batch, size }: { seed: number; update: number; batch: number; size: number },
): CropBatch {
  const area = size * size;
  const out = {
    noisy: new Float32Array(batch * area),
    clean: new Float32Array(batch * area),
    capture: new Float32Array(batch * area),
    scenes: new Int32Array(batch),
    corners: new Int32Array(2 * batch),
  };
  for (let sample = 0; sample < batch; sample++) {
    const crop = drawCrop(scenes, size, seed, update, sample);
    const { noisy, clean } = scenes[crop.scene]!;
    const offset = sample * area;
    copyCrop(noisy[crop.page]!, crop, size, out.noisy, offset);
    copyCrop(clean[clean.length === 1 ? 0 : crop.page]!, crop, size, out.clean, offset);
    copyCrop(noisy[crop.otherPage]!, crop, size, out.capture, offset);
    out.scenes[sample] = crop.scene;
    out.corners.set([crop.y, crop.x], 2 * sample);
  }
  return out;
}

/** Writes one crop, turned and flipped, at `offset`: walks the source with the strides that the orientation gives. */
function copyCrop(page: Plane, crop: Crop, size: number, out: Float32Array, offset: number): void {
  const { width, data } = page;
  const last = size - 1;
  // Source coordinates of out[0][0], and their steps along the output's columns (x) and rows (y), before the flip.
  // A counter-clockwise quarter turn takes out[i][j] from in[j][last - i].
  const [y0, x0, stepX, stepY] = (
    [
      [0, 0, 1, width],
      [0, last, width, -1],
      [last, last, -1, -width],
      [last, 0, -width, 1],
    ] as const
  )[crop.turns as 0 | 1 | 2 | 3]; // drawCrop gives 0 to 3
  let start = (crop.y + y0) * width + crop.x + x0;
  let step: number = stepX;
  if (crop.flip) {
    start += last * stepX;
    step = -stepX;
  }
  for (let row = 0, to = offset; row < size; row++) {
    let from = start + row * stepY;
    for (let column = 0; column < size; column++, from += step) out[to++] = data[from]!;
  }
}
