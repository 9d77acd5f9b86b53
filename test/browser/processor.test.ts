/** The processor by WebAssembly in a browser: in workers of isolated pages on several threads, elsewhere on one, with the same results as in Node. */
import { availableParallelism } from "node:os";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isolation } from "../../packages/app/build/headers.js";
import { buildPackages, bundle, type Output } from "./bundle.js";
import { addressOf, executablePath, openBrowser, serve, skipAloud } from "./chromium.js";
import { type Worked, work } from "./processor/work.js";

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("the processor in headless Chromium", () => {
    let output: Output;
    let browser: Browser;
    let here: Worked;
    beforeAll(async () => {
      await buildPackages();
      output = await bundle("processor");
      browser = await openBrowser();
      here = await work();
    });
    afterAll(() => browser?.close());

    /** What `run` comes to in a page with these headers, and how many workers the page has then. */
    async function inPage(
      run: "inPage" | "inWorker",
      headers?: Readonly<Record<string, string>>,
    ): Promise<Worked & { readonly workers: number }> {
      const server = await serve(output, headers);
      const page = await browser.newPage();
      try {
        await page.goto(addressOf(server));
        const worked = await page.evaluate<Worked>(`${run}()`);
        return { ...worked, workers: page.workers().length };
      } finally {
        await page.close();
        server.close();
      }
    }

    it("has all threads in a worker of an isolated page", async () => {
      const { threads, values, explained, workers } = await inPage("inWorker", isolation);
      expect(threads).toBe(availableParallelism());
      // The calling one is a thread, too.
      expect(workers).toBe(threads);
      expect(explained).toMatch(threads > 1 ? / conv2d .*, on all threads\n/ : / conv2d .*\n/);
      expect(values).toEqual(here.values);
    });

    it.each([
      ["a page itself, which may not wait", "inPage", isolation, 0],
      ["a worker of a page that is not isolated", "inWorker", {}, 1],
      [
        "a page whose policy forbids workers from memory",
        "inWorker",
        {
          ...isolation,
          "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
        },
        1,
      ],
    ] as const)("does with one in %s", async (_, run, headers, expected) => {
      const { values, workers } = await inPage(run, headers);
      expect(workers).toBe(expected);
      expect(values).toEqual(here.values);
    });
  });
}
