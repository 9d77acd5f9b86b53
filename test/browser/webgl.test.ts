/** WebGL in a browser, on the processor: every primitive beside the interpreter, special values, products of any geometry, training beside WebAssembly, and a context that is lost. */
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleOfSuites } from "./bundle.js";
import { addressOf, evaluateIn, executablePath, openBrowser, serve, skipAloud } from "./chromium.js";
import type { Ran } from "./webgl/vitestInPage.js";

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("WebGL in headless Chromium", () => {
    let server: Server;
    let browser: Browser;
    beforeAll(async () => {
      server = await serve(await bundleOfSuites("webgl"));
      browser = await openBrowser(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]);
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Milliseconds: half a minute of a processor, which may be shared with others. */
    const patience = 400_000;

    const inPage = <T>(expression: string): Promise<T> =>
      evaluateIn(browser, addressOf(server), expression, server);

    it(
      "does what every executor has to, with special values and products of any geometry",
      async () => {
        const { tests, failures } = await inPage<Ran>("runSuites()");
        expect(failures).toEqual([]);
        for (const name of [
          "WebGL > computes every primitive",
          "products > are those of matrices of any size",
        ]) {
          expect(tests).toContain(name);
        }
        expect(tests.filter((name) => name.includes("NaN and infinity")).length).toBeGreaterThanOrEqual(5);
      },
      patience,
    );

    it(
      "trains a small network and CLIDiM's generator as WebAssembly does",
      async () => {
        type Losses = Readonly<Record<string, number[]>>;
        const [found, expected] = await inPage<[Losses, Losses]>(
          'Promise.all([train("WebGL"), train("WebAssembly")])',
        );
        for (const [name, losses] of Object.entries(expected)) {
          expect(losses.at(-1)!, name).toBeLessThan(losses[0]!);
          // Sums of f32 in another order.
          losses.forEach((loss, update) => {
            expect(Math.abs(found[name]![update]! / loss - 1), `${name}, update ${update}`).toBeLessThan(
              1e-5,
            );
          });
        }
      },
      patience,
    );

    it("says that its context is lost to what waits, and to what comes after", async () => {
      const lost =
        "Device: lost: the browser took the WebGL context away; open a new executor and start from the last checkpoint";
      expect(await inPage("lose()")).toEqual([lost, lost, lost, lost, "2"]);
    });
  });
}
