import type { NoiseModel, Plane } from "@clidim/imaging";
import type { Plain } from "../protocol/configurationSpace.js";
import { type ClassicalMethod, type Division, methodId } from "../protocol/method.js";
import { interruptible, letThrough } from "./interruptible.js";
import type { MethodThreads } from "./methodThreads.js";

/** Where pages are denoised. */
export interface Elsewhere {
  readonly threads: MethodThreads;
  /** Ends what is at work. */
  readonly signal: AbortSignal;
  /** Into how many tasks a page is divided at most, of methods whose work is; 1: threads have a page each. */
  readonly shares: number;
}

/** Of `count` threads, how many one of some pages has, where these are at work at once. */
export const sharesOf = ({ count }: Pick<MethodThreads, "count">, pages: number): number =>
  Math.max(1, Math.floor(count / Math.max(1, pages)));

/** Threads for a method on some pages at once, until the signal aborts; undefined where all is done in the calling thread: one thread alone, or a method to which sending its pages would be most of the work. */
export function elsewhereFor(
  { slow }: Pick<ClassicalMethod, "slow">,
  threads: MethodThreads | undefined,
  pages: number,
  signal: AbortSignal = new AbortController().signal,
): Elsewhere | undefined {
  if (!slow || !threads || threads.count === 1) return undefined;
  return { threads, signal, shares: sharesOf(threads, pages) };
}

/** One page by a classical method in threads, the same to the last bit as by `applyPage`; undefined where that has to be done in this one. `onPart` is told what part of the page is done, and may throw to end it. Without `noise` the method estimates it. */
export async function applyInThreads(
  method: ClassicalMethod,
  page: Plane,
  parameters: Plain,
  noise: NoiseModel | undefined,
  elsewhere: Elsewhere,
  onPart?: (part: number) => void,
): Promise<Plane | undefined> {
  const { threads, signal, shares } = elsewhere;
  if (method.division && shares > 1) {
    const { division } = method;
    const rounds = division.divide(page, parameters, noise, shares);
    return inRounds(method, division, rounds, elsewhere, onPart);
  }
  const request = { method: methodId(method), parameters, page, noise };
  const done = await threads.run(method, request, { signal, ...(onPart && { onPart }) });
  return done && "page" in done ? done.page : undefined;
}

async function inRounds(
  method: ClassicalMethod,
  { rounds: count, work }: Division,
  rounds: ReturnType<Division["divide"]>,
  { threads, signal }: Elsewhere,
  onPart: ((part: number) => void) | undefined,
): Promise<Plane> {
  await letThrough(signal);
  let step = rounds.next();
  for (let round = 0; !step.done; round++) {
    const tasks = step.value;
    const done = tasks.map(() => 0);
    const tellOf = (i: number) => (part: number) => {
      // What a thread left undone is begun again.
      done[i] = Math.max(done[i]!, part);
      const sum = done.reduce((whole, one) => whole + one, 0);
      onPart?.((round + sum / tasks.length) / count);
    };
    const asked = tasks.map((task, i) =>
      threads.run(method, { method: methodId(method), task }, { signal, onPart: tellOf(i) }),
    );
    const planes: Plane[] = [];
    for (const [i, result] of (await Promise.all(asked)).entries()) {
      const there = result && "page" in result ? result.page : undefined;
      planes.push(there ?? (await interruptible(work(tasks[i]), signal, tellOf(i))));
    }
    step = rounds.next(planes);
  }
  return step.value;
}
