import { cutPlane, InputError, type NoiseMeasurement, type Plane } from "@clidim/imaging";
import { applyPage } from "./applyPage.js";
import type { Ranking } from "./chooseClassical.js";
import type { ClassicalCosts } from "./contender.js";
import type { DenoiseHooks } from "./fileDenoiser.js";
import type { FrameStack } from "./frameStack.js";
import { interruptible } from "./interruptible.js";
import type { MethodThreads } from "./methodThreads.js";
import { openInput } from "./openInput.js";
import type { PlannedFile } from "./planFiles.js";
import { threadsAtWork } from "./threadsAtWork.js";

/** The part of a page that a method is timed on, pixels wide and high. */
const SIDE = 128;

interface Chosen {
  readonly pages: readonly Plane[];
  readonly ranking: Ranking;
}

interface Circumstances {
  readonly noise: NoiseMeasurement | undefined;
  /** Where pages are denoised. */
  readonly threads: MethodThreads | undefined;
  /** Pages of more pixels go by bands. */
  readonly largestPage: number;
}

/** What `choose` takes on a file, and the method that it takes on all of them, by the first that something is to be seen in; undefined where that is none. */
export async function classicalCosts(
  files: readonly PlannedFile[],
  choose: (input: FrameStack, hooks: DenoiseHooks) => Promise<Chosen>,
  circumstances: Circumstances,
  hooks: DenoiseHooks,
): Promise<ClassicalCosts | undefined> {
  for (const file of files) {
    try {
      return await costsBy(file, files, choose, circumstances, hooks);
    } catch (error) {
      hooks.signal?.throwIfAborted();
      // What is wrong with it is told when it is denoised.
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}

async function costsBy(
  { spec, planes }: PlannedFile,
  files: readonly PlannedFile[],
  choose: (input: FrameStack, hooks: DenoiseHooks) => Promise<Chosen>,
  { noise, threads, largestPage }: Circumstances,
  hooks: DenoiseHooks,
): Promise<ClassicalCosts> {
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
    const pixel = secondsSince(applied) / part.data.length;
    const times = files.map(
      (file) => (pixel * file.pixels) / threadsAtWork(method, threads, file, largestPage),
    );
    return { choosing, denoising: times.reduce((sum, time) => sum + time, 0) };
  } finally {
    await input.close();
  }
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
