/** The built site from the first file to what is taken away, as a user goes through it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { denoiseFiles } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readyModels } from "../../packages/cli/src/readyModels.js";
import { buildPackages } from "../browser/bundle.js";
import { addressOf, executablePath, openBrowser, skipAloud } from "../browser/chromium.js";
import { servePlainly } from "./servePlainly.js";

/** Kernels compile for a minute where other programs are at work. */
const PATIENCE = 400_000;

/** Methods, the title of each, and what makes its first preset small: by the processor, which the page takes where there is no GPU, and by the browser's WebGPU, where it is asked for, whose kernels compile for a minute or two. */
const trained = {
  noise2void: {
    title: "Noise2Void",
    query: "",
    machine: /^Processor, \d+ cores?$/,
    values: { updates: 40, crop: 16, batch: 2, filters: 2, depth: 1 },
  },
  clidim: {
    title: "CLIDiM",
    query: "?compute=webgpu",
    machine: /^Processor, .*swiftshader/i,
    values: { updates: 40, crop: 32, batch: 2, ngf: 2, downs: 2 },
  },
} as const;

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("the app", () => {
    let server: Server;
    let browser: Browser;
    let page: Page;
    let folder: string;
    const problems: string[] = [];
    beforeAll(async () => {
      await buildPackages();
      // What Node makes of the file needs no kernels.
      setDefaultDevice(new WasmExecutor());
      folder = await mkdtemp(join(tmpdir(), "clidim-"));
      const [scene] = simulateScenes({ seed: 4, size: 48, scenes: 1, frames: 2, gain: 200 });
      await writeImageFile(join(folder, "frame0000.tif"), scene!.noisy);
      server = await servePlainly();
      browser = await openBrowser();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.setDefaultTimeout(PATIENCE);
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      await page.goto(new URL("some/folder/", addressOf(server)).href);
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const button = (name: string | RegExp): Locator =>
      page.getByRole("button", { name, exact: typeof name === "string" });
    const tab = (name: string): Promise<void> => page.getByRole("tab", { name }).click();

    /** Drops the file on the page, as from a folder of the system. */
    async function drop(): Promise<void> {
      const text = (await readFile(join(folder, "frame0000.tif"))).toString("base64");
      const transfer = await page.evaluateHandle(`(() => {
        const bytes = Uint8Array.from(atob("${text}"), (character) => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "frame0000.tif", { type: "image/tiff" }));
        return transfer;
      })()`);
      await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
      await page.getByRole("application", { name: /frame0000\.tif/ }).waitFor();
      // Of a stack that does not say what its pages are.
      await button("2 time points").click();
    }

    async function saved(from: Locator): Promise<{ readonly name: string; readonly path: string }> {
      const [download] = await Promise.all([page.waitForEvent("download"), from.click()]);
      const name = download.suggestedFilename();
      const path = join(folder, name);
      await download.saveAs(path);
      return { name, path };
    }

    /** What the app made of the file is what the command line makes of it, to a thousandth of the range. */
    async function expectAsInNode(path: string, model?: string): Promise<void> {
      const out = await mkdtemp(join(folder, "node-"));
      const files = [join(folder, "frame0000.tif")];
      const by = model === undefined ? ({ method: "automatic", ready: readyModels } as const) : { model };
      await denoiseFiles({ methods, files, out, ...by });
      const [expected, found] = [await readStack(join(out, "frame0000.tif")), await readStack(path)];
      expect(found.pages).toHaveLength(2);
      const values = expected.pages.flatMap(({ data }) => [...data]);
      const range = Math.max(...values) - Math.min(...values);
      const differences = found.pages
        .flatMap(({ data }) => [...data])
        .map((value, i) => Math.abs(value - values[i]!));
      // Pixels of whole numbers are rounded, which is less.
      expect(range).toBeGreaterThan(2000);
      expect(Math.max(...differences)).toBeLessThanOrEqual(range / 1000);
    }

    async function denoise(): Promise<void> {
      await button("Denoise this image").click();
      await page.getByRole("heading", { name: "Can it be trusted?" }).waitFor();
      await page.getByRole("radio", { name: "Residual" }).waitFor();
    }

    it(
      "denoises a dropped file automatically, and lets it be compared",
      async () => {
        await drop();
        await denoise();
        const divider = page.getByRole("slider", { name: "Divider between before and after" });
        await divider.focus();
        await page.keyboard.press("PageUp");
        expect(await divider.getAttribute("aria-valuenow")).toBe("60");
        const { name, path } = await saved(button(/Save the result/));
        expect(name).toBe("frame0000.denoised.tif");
        await expectAsInNode(path);
      },
      PATIENCE,
    );

    for (const [method, { title, query, machine, values }] of Object.entries(trained)) {
      it(
        `trains ${title}, goes on after a reload, denoises with the model and hands it out`,
        async () => {
          await page.goto(new URL(`some/folder/${query}`, addressOf(server)).href);
          await drop();
          await tab("Train");
          const choose = button(/Choose among/);
          if (await choose.isVisible()) await choose.click();
          await page.getByRole("radio", { name: new RegExp(`^${title}\\b`) }).check();
          const more = page.getByText("More settings");
          await more.click();
          for (const [key, value] of Object.entries(values)) {
            await page.getByRole("textbox", { name: key, exact: true }).fill(String(value));
          }
          await button("Start the training").click();
          await page.getByText(new RegExp(`^Update [1-9]\\d* of ${values.updates}`)).waitFor();
          await button("Pause").click();
          await page.getByText(`${method}-1 is paused`).waitFor();

          await page.reload();
          await page.getByText(machine).waitFor();
          await page
            .getByRole("list", { name: "Stored trainings" })
            .getByRole("listitem")
            .filter({ hasText: `${method}-1` })
            .getByRole("button", { name: "Go on" })
            .click();
          await page.getByText(`${method}-1 is trained`).waitFor();

          await drop();
          await tab("Denoise");
          await page.getByRole("radio", { name: "Model" }).check();
          await page.getByRole("radio", { name: new RegExp(`${method}-1`) }).check();
          await denoise();
          const result = await saved(button(/Save the result/));
          await tab("Save");
          await page
            .getByRole("group", { name: "Model to save" })
            .getByRole("radio", { name: new RegExp(`${method}-1`) })
            .check();
          const model = await saved(button(/Safetensors/));
          expect(model.name).toBe(`${method}-1.safetensors`);
          await expectAsInNode(result.path, model.path);
        },
        2 * PATIENCE,
      );
    }

    it("has all cores of the processor by itself, now that the site's service worker has it isolated", async () => {
      await page.goto(new URL("some/folder/", addressOf(server)).href);
      const count = availableParallelism();
      await page.getByText(count === 1 ? "Processor, 1 core" : `Processor, ${count} cores`).waitFor();
    });

    it("made no mistake on the way", () => {
      expect(problems).toEqual([]);
    });
  });
}
