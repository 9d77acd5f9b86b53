import { psnr, simulateScenes } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { describe, expect, test } from "vitest";
import { applyClassical } from "../../src/evaluation/applyClassical.js";

const pages = simulateScenes({ seed: 5, size: 40, scenes: 3, frames: 1 }).map(({ name, noisy, clean }) => ({
  name,
  noisy: noisy[0]!,
  clean,
}));

describe.each(methods.classical)("$name", (method) => {
  test("gives a page for each, better than the noisy ones", async () => {
    const told: number[] = [];
    const { chosen, predictions } = await applyClassical(method, pages, undefined, (done) => told.push(done));
    // The search, then page by page.
    expect(told[0]).toBe(0);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.filter(Number.isInteger).slice(-3)).toEqual([1, 2, 3]);
    expect(predictions).toHaveLength(pages.length);
    const gains = pages.map(({ noisy, clean }, i) => psnr(predictions[i]!, clean) - psnr(noisy, clean));
    expect(chosen).toMatch(/^((sigma|strength) \d+\.\d\d |window \d+ x \d+ pixels$)/);
    for (const gain of gains) expect(gain).toBeGreaterThan(3);
  });

  test("an interruption during its search is answered before the next page", async () => {
    const search = method.best(pages);
    let steps = 0;
    while (!search.next().done) steps++;
    // Several parameters, each of them page by page.
    expect(steps).toBeGreaterThanOrEqual(5 * pages.length);

    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (turns === 2) controller.abort(reason);
      if (turns < 2) setImmediate(turn);
    };
    setImmediate(turn);
    let done = 0;
    const counting: typeof method = {
      ...method,
      *best(list) {
        const inner = method.best(list);
        let step = inner.next();
        while (!step.done) {
          done++;
          yield;
          step = inner.next();
        }
        return step.value;
      },
    };
    await expect(applyClassical(counting, pages, controller.signal)).rejects.toBe(reason);
    expect(done).toBeLessThanOrEqual(3);
  });
});
