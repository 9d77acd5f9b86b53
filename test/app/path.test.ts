import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { denoiseFiles, loadModel } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import type { Browser, Page } from "playwright-core";
import sirv from "sirv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackages } from "../browser/bundle.js";
import { addressOf, executablePath, openBrowser, skipAloud } from "../browser/chromium.js";

/** Kernels compile for a minute where other programs are at work. */
const PATIENCE = 400_000;
const site = fileURLToPath(new URL("../../packages/app/dist", import.meta.url));

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("the built site, from a file to a result and a model", () => {
    let server: Server;
    let browser: Browser;
    let folder: string;
    const cells = (): string => join(folder, "cells.tif");
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "clidim-"));
      await writeImageFile(cells(), simulateScenes({ seed: 8, size: 48, scenes: 1, frames: 1 })[0]!.noisy);
      await buildPackages();
      const files = sirv(site);
      server = createServer((request, response) => files(request, response));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** What a click saves, as a file of the folder. */
    async function saved(page: Page, click: () => Promise<void>): Promise<string> {
      const download = page.waitForEvent("download");
      await click();
      const path = join(folder, (await download).suggestedFilename());
      await (await download).saveAs(path);
      return path;
    }

    const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

    /** The site with the file open, in a page of its own; nothing may fail unseen. */
    async function onSite(run: (page: Page) => Promise<void>): Promise<void> {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      const problems: string[] = [];
      page.on("pageerror", ({ message }) => problems.push(message));
      await page.goto(addressOf(server));
      await open(page);
      await run(page);
      expect(problems).toEqual([]);
      await page.close();
    }
    async function open(page: Page): Promise<void> {
      await page.getByLabel("Files").setInputFiles(cells());
      await page.getByText("16-bit TIFF, 48 x 48 pixels").waitFor();
    }

    it(
      "denoises as the command line does, and hands the result out",
      async () => {
        await onSite(async (page) => {
          await button(page, "Denoise this image").click();
          await page.getByText(/the method was taken automatically/).waitFor();
          const divider = page.getByRole("slider", { name: "Divider between before and after" });
          await divider.focus();
          await page.keyboard.press("Home");
          expect(await divider.getAttribute("aria-valuenow")).toBe("0");
          const result = await saved(page, () => button(page, "Save the result").click());
          const out = join(folder, "denoised");
          await denoiseFiles({ methods, method: "automatic", files: [cells()], out });
          const [here, there] = [await readStack(result), await readStack(join(out, "cells.tif"))];
          expect(here.pages[0]).toEqual(there.pages[0]);
        });
      },
      PATIENCE,
    );

    // Kernels compile twice on a processor. What the engine does of it is tested in every run (engine.test.ts).
    if (process.env.CLIDIM_APP === "all") {
      it(
        "trains, goes on after a reload, and hands the model out",
        async () => {
          await onSite(async (page) => {
            await page.getByRole("tab", { name: "Train" }).click();
            const small = { updates: "30", batch: "2", crop: "16", filters: "2", depth: "1" };
            await page.getByText("More settings").click();
            for (const [key, value] of Object.entries(small)) {
              await page.getByRole("textbox", { name: key, exact: true }).fill(value);
            }
            await button(page, "Start the training").click();
            await page.getByText(/^Update [2-9] of 30/).waitFor();
            await button(page, "Pause").click();
            await page.getByText("noise2void-1 is paused").waitFor();
            await page.reload();
            await page.getByText(/^Paused at \d+ of 30$/).waitFor();
            await button(page, "Go on").click();
            await page.getByText("noise2void-1 is trained").waitFor();
            await open(page);
            await page.getByRole("tab", { name: "Take away" }).click();
            await page.getByRole("radio", { name: /noise2void-1/ }).check();
            const model = await saved(page, () => button(page, "Safetensors").click());
            expect((await loadModel(model, methods)).method.name).toBe("noise2void");
          });
        },
        PATIENCE,
      );
    }
  });
}
