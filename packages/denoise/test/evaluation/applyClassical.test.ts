import { psnr, simulateScenes } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { methodThreads } from "@clidim/methods/node";
import { describe, expect, test } from "vitest";
import { applyClassical } from "../../src/evaluation/applyClassical.js";
import { searchBest } from "../../src/inference/searchBest.js";

const pages = simulateScenes({ seed: 5, size: 40, scenes: 3, frames: 1 }).map(({ name, noisy, clean }) => ({
  name,
  noisy: noisy[0]!,
  clean,
}));

describe.each(methods.classical)("$name", (method) => {
  test("gives a page for each, better than the noisy ones", async () => {
    const told: number[] = [];
    const { chosen, predictions } = await applyClassical(method, pages, {
      onPages: (done) => told.push(done),
    });
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
    // Several parameters, each of them page by page.
    let attempts = 0;
    await searchBest(method, pages, { onAttempt: () => attempts++ });
    expect(attempts).toBeGreaterThanOrEqual(5 * pages.length);

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
    const { apply, applyInSteps } = method;
    const counting: typeof method = {
      ...method,
      apply: (...page) => {
        done++;
        return apply(...page);
      },
      ...(applyInSteps && {
        applyInSteps: (...page) => {
          done++;
          return applyInSteps(...page);
        },
      }),
    };
    await expect(applyClassical(counting, pages, { signal: controller.signal })).rejects.toBe(reason);
    expect(done).toBeLessThanOrEqual(3);
  });
});

test.each(["tv", "bm3d"])("%s in threads finds and gives the same", async (name) => {
  const method = methods.classicalNamed(name);
  const threads = methodThreads(2);
  const asked: unknown[] = [];
  const run = threads.run.bind(threads);
  threads.run = (...request) => {
    asked.push(request);
    return run(...request);
  };
  const told: number[] = [];
  const found = await applyClassical(method, pages, { threads, onPages: (done) => told.push(done) });
  expect(found).toEqual(await applyClassical(method, pages));
  expect(threads.count).toBe(2);
  expect(told[0]).toBe(0);
  expect(told.at(-1)).toBe(pages.length);
  expect(asked.length).toBeGreaterThan(5 * pages.length);
});

test("what threads leave undone is done in the calling one", async () => {
  const method = methods.classicalNamed("tv");
  const threads = methodThreads(2);
  let asked = 0;
  const run = threads.run.bind(threads);
  threads.run = (...request) => (asked++ % 3 === 1 ? Promise.resolve(undefined) : run(...request));
  expect(await applyClassical(method, pages, { threads })).toEqual(await applyClassical(method, pages));
  expect(asked).toBeGreaterThan(5 * pages.length);
});
