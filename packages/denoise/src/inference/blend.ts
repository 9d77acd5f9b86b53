import { fromFunction, type NoiseModel, type Plane } from "@clidim/imaging";
import type { NoisyPlane } from "../data/noisyPlane.js";
import type { ModelBlend } from "../model/modelBlend.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { ClassicalMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { Band } from "./alignedBands.js";
import { applyInThreads, type Elsewhere } from "./applyInThreads.js";
import { applyPage } from "./applyPage.js";
import { type PageRows, rowsOfPlane } from "./pageRows.js";
import { tileBands } from "./tileBands.js";

/** A method without training as it is applied to each page. */
export interface AppliedClassical {
  readonly method: ClassicalMethod;
  readonly parameters: Plain;
  /** That of a page; default: the method estimates it. */
  readonly noise?: NoiseModel;
}

/** What the results of a model are a mean with, ready to be applied. */
export interface AppliedBlend extends AppliedClassical {
  /** Above 0, see `ModelBlend`. */
  readonly weight: number;
}

/** What a model is a mean with; undefined where that is nothing. An `InputError` for a method that is not known. */
export function appliedBlend(
  { blend }: { readonly blend?: ModelBlend },
  methods: Pick<MethodRegistry, "classicalAs">,
): AppliedBlend | undefined {
  if (!blend || blend.weight === 0) return undefined;
  const { method, parameters, weight } = blend;
  return { method: methods.classicalAs(method), parameters, weight };
}

/** Whether both are one method with the same parameters, so that it need be applied but once. */
export const isSameClassical = (one: AppliedClassical, other: AppliedClassical): boolean =>
  one.method === other.method && JSON.stringify(one.parameters) === JSON.stringify(other.parameters);

/** Each method that is applied, once. */
export function sharedClassical(blends: readonly (AppliedClassical | undefined)[]): AppliedClassical[] {
  const shared: AppliedClassical[] = [];
  for (const blend of blends) {
    if (blend && !shared.some((other) => isSameClassical(blend, other))) shared.push(blend);
  }
  return shared;
}

/** Whether pages of this size can be denoised by a method; the smaller ones are the network's alone. */
export const isLargeEnough = (
  { smallest }: Pick<ClassicalMethod, "smallest">,
  { width, height }: { readonly width: number; readonly height: number },
): boolean => Math.min(width, height) >= smallest;

/** (1 - weight) network + weight classical, in grey values. */
export const blendedValues = (
  network: ArrayLike<number>,
  classical: ArrayLike<number>,
  weight: number,
): Float32Array =>
  fromFunction(new Float32Array(network.length), (i) => (1 - weight) * network[i]! + weight * classical[i]!);

/** Pages of longer sides are denoised in tiles of this one, so that memory is bounded, whatever goes through a network at once. */
const TILE = 2048;

/** A page by a method without training, in grey values by bands of rows: the page at once, or tiles that overlap, blended. Of several captures their mean. `onPart` is told which part is done, and may throw to end it. With threads, tiles are denoised there, until the signal aborts. */
export function classicalBands(
  page: PageRows,
  { method, parameters, noise }: AppliedClassical,
  onPart?: (part: number) => void,
  there?: Elsewhere,
): AsyncIterable<Band> {
  /** Tiles may have hardly a pixel that is not filled. */
  let around: Promise<NoiseModel | undefined> | undefined;
  const known = async (): Promise<NoiseModel | undefined> => {
    if (noise || !method.takesNoise) return noise;
    around ??= page.noiseAroundGaps?.();
    return around;
  };
  return tileBands(page, { multiple: 1, maxSide: TILE }, async (tile) => {
    const part = { width: tile.width, height: tile.height, data: meansOf(tile) };
    const tell = (done: number): void => onPart?.((tile.index + done) / tile.count);
    const ofPage = await known();
    const done = there && (await applyInThreads(method, part, parameters, ofPage, there, tell));
    if (done) return [done.data];
    const { data } = await applyPage(method, part, parameters, there?.signal, tell, ofPage);
    return [data];
  });
}

/** The `classicalBands` of a page by each of some methods, in threads; `onPart` is told how many methods are done, in parts. */
export function classicalInThreads(
  page: NoisyPlane,
  applied: readonly AppliedClassical[],
  there: Elsewhere,
  onPart: (passes: number) => void,
): Promise<readonly (readonly Band[])[]> {
  const done = applied.map(() => 0);
  return Promise.all(
    applied.map(async (classical, i) => {
      const tell = (part: number): void => {
        done[i] = part;
        onPart(done.reduce((sum, one) => sum + one, 0));
      };
      const bands: Band[] = [];
      for await (const band of classicalBands(rowsOfPlane(page), classical, tell, there)) {
        bands.push({ ...band, images: band.images.map((image) => image.slice()) });
      }
      tell(1);
      return bands;
    }),
  );
}

/** What a network has made of a page, or part of one, in memory, in the mean; its result alone where that is too small. */
export async function blendedPage(network: Plane, page: NoisyPlane, blend: AppliedBlend): Promise<Plane> {
  if (!isLargeEnough(blend.method, page)) return network;
  const { data } = await classicalPage(page, blend);
  return { ...network, data: blendedValues(network.data, data, blend.weight) };
}

/** `classicalBands` of a page in memory. */
export async function classicalPage(page: NoisyPlane, classical: AppliedClassical): Promise<Plane> {
  const { width, height } = page;
  const data = new Float32Array(width * height);
  for await (const { top, images } of classicalBands(rowsOfPlane(page), classical)) {
    data.set(images[0]!, top * width); // one image per tile
  }
  return { width, height, data };
}

/** The mean of the captures of each pixel. */
function meansOf({ data, frames }: { readonly data: Float32Array; readonly frames: number }): Float32Array {
  if (frames === 1) return data;
  return fromFunction(new Float32Array(data.length / frames), (i) => {
    let sum = 0;
    for (let k = 0; k < frames; k++) sum += data[i * frames + k]!;
    return sum / frames;
  });
}
