import type { Server } from "node:http";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackages } from "../browser/bundle.js";
import { addressOf, executablePath, openBrowser, skipAloud } from "../browser/chromium.js";
import { servePlainly } from "./servePlainly.js";

/** Where the first page comes from, without the sample image. */
const FIRST_LOAD_BYTES = 400_000;

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("the built site", () => {
    let server: Server;
    let browser: Browser;
    beforeAll(async () => {
      await buildPackages();
      server = await servePlainly();
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    it("opens below a folder, is small, asks no other site, and opens again without a network", async () => {
      const context = await browser.newContext();
      const asked: string[] = [];
      const problems: string[] = [];
      context.on("request", (request) => asked.push(request.url()));
      const page = await context.newPage();
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      // By address: what two workers ask for at the same moment may be answered twice.
      const loaded = new Map<string, Promise<number>>();
      let counting = true;
      page.on("response", (response) => {
        // What the service worker fetches to keep is no part of what the page waits for.
        if (counting && !response.request().serviceWorker()) {
          loaded.set(
            response.url(),
            response.body().then((body) => gzipSync(body).length),
          );
        }
      });
      const address = new URL("some/folder/", addressOf(server)).href;
      await page.goto(address);
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("networkidle");
      const bytes = (await Promise.all(loaded.values())).reduce((all, one) => all + one, 0);
      counting = false;
      expect(asked.some((url) => /\/assets\/worker-[^/]+\.js$/.test(url))).toBe(true);
      expect(bytes).toBeGreaterThan(100_000);
      expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
      await page.evaluate("navigator.serviceWorker.ready");
      await page.waitForFunction("navigator.serviceWorker.controller !== null");

      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await context.setOffline(true);
      // What the first visit has not needed yet is of its own version, too.
      await page.getByRole("button", { name: "Try the sample" }).click();
      await page.getByRole("radio", { name: "Method", exact: true }).check();
      await page.getByRole("radio", { name: "Gaussian blur" }).check();
      await page.getByRole("button", { name: "Denoise this image" }).click();
      await page.getByRole("heading", { name: "Can it be trusted?" }).waitFor({ timeout: 100_000 });
      page.on("dialog", (dialog) => void dialog.accept()); // as the result is not saved
      await page.reload();
      await page.getByRole("main").waitFor();
      expect(await page.title()).toBe("CLIDiM");
      await page.goto(`${address}?compute=processor`);
      await page.getByRole("main").waitFor();
      expect(await page.evaluate("crossOriginIsolated")).toBe(true);
      // The worker, too, with what it loads when it is needed.
      await page.getByRole("button", { name: "Try the sample" }).click();
      await page.getByText("16-bit TIFF, 512 x 512 pixels").first().waitFor();
      expect(asked.filter((url) => !url.startsWith(address) && !/^(?:blob|data):/.test(url))).toEqual([]);
      expect(problems).toEqual([]);
      await context.close();
    });
  });
}
