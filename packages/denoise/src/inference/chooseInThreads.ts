import type { NoiseModel, Plane } from "@clidim/imaging";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import { contestRounds, foretold, type Ranking } from "./chooseClassical.js";
import { letThrough } from "./interruptible.js";
import type { MethodThreads } from "./methodThreads.js";

/** `chooseClassical`, what is foretold in one round in several threads at once; what these do not do is done here. A signal that aborts ends it. */
export async function chooseInThreads(
  methods: readonly ClassicalMethod[],
  pages: readonly Plane[],
  noise: NoiseModel | undefined,
  threads: MethodThreads,
  signal: AbortSignal | undefined,
): Promise<Ranking | undefined> {
  const rounds = contestRounds(methods, pages, noise);
  let round = rounds.next();
  while (!round.done) {
    const asked = round.value.map(({ method, parameters, part, set }) =>
      threads.run(method, { method: methodId(method), parameters, part, set }, { signal }),
    );
    const results = await Promise.all(asked);
    const errors: ArrayLike<number>[] = [];
    for (const [i, hidden] of round.value.entries()) {
      const result = results[i];
      if (!result) await letThrough(signal);
      errors.push(result && "errors" in result ? result.errors : foretold(hidden));
    }
    round = rounds.next(errors);
  }
  return round.value;
}
