import { cutPlane, InputError, type NoiseMeasurement, type Plane } from "@clidim/imaging";
import { applyPage } from "./applyPage.js";
import type { Ranking } from "./chooseClassical.js";
import type { ClassicalCosts } from "./contender.js";
import type { DenoiseHooks } from "./fileDenoiser.js";
import type { FrameStack } from "./frameStack.js";
import { interruptible } from "./interruptible.js";
import { openInput } from "./openInput.js";
import type { PlannedFile } from "./planFiles.js";

/** The part of a page that a method is timed on, pixels wide and high. */
const SIDE = 128;

interface Chosen {
  readonly pages: readonly Plane[];
  readonly ranking: Ranking;
}

/** What `choose` takes on the first file, and the method that it takes on a pixel. */
export async function classicalCosts(
  files: readonly PlannedFile[],
  choose: (input: FrameStack, hooks: DenoiseHooks) => Promise<Chosen>,
  noise: NoiseMeasurement | undefined,
  hooks: DenoiseHooks,
): Promise<ClassicalCosts | undefined> {
  const { spec, planes } = files[0]!; // there are files to denoise
  const input = await openInput(spec, planes, { count: 1, axis: "T" }, hooks);
  try {
    const start = performance.now();
    const { pages, ranking } = await choose(input, hooks);
    const [page] = pages;
    const { method } = ranking[0];
    const parameters = await interruptible(method.fit(pages, noise), hooks.signal);
    const choosing = secondsSince(start);
    const part = cutPlane(page!, {
      ...{ x: 0, y: 0 },
      ...{ width: Math.min(SIDE, page!.width), height: Math.min(SIDE, page!.height) },
    });
    const applied = performance.now();
    await applyPage(method, part, parameters, hooks.signal, undefined, method.takesNoise && noise);
    return { choosing, pixel: secondsSince(applied) / part.data.length };
  } catch (error) {
    // What is wrong with it is told when it is denoised.
    if (error instanceof InputError) return undefined;
    throw error;
  } finally {
    await input.close();
  }
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
