import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, ConsoleMessage, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, executablePath, openBrowser, serve, skipAloud } from "../browser/chromium.js";
import { buildPreview } from "./previewSite.js";

/** Kept to be looked at; git does not. */
const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));
/** Other programs may be at work. */
const patient = { timeout: 90_000 };
const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
/** What is looked at in every run, and everything where it is asked for. */
const schemes = (size: string): readonly ("light" | "dark")[] =>
  process.env.CLIDIM_APP === "all" ? ["light", "dark"] : [size === "desk" ? "light" : "dark"];

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("the page, on a double of its engine", { timeout: 300_000 }, () => {
    let server: Server;
    let browser: Browser;
    /** One for all: what its process has compiled it need not compile again. */
    let shared: Page;
    beforeAll(async () => {
      mkdirSync(screenshots, { recursive: true });
      server = await serve(await buildPreview());
      browser = await openBrowser();
      shared = await browser.newPage({ viewport: sizes.desk, reducedMotion: "reduce" });
      shared.setDefaultTimeout(patient.timeout);
      // Of a result that is not saved.
      shared.on("dialog", (dialog) => void dialog.accept());
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Runs through states of the page in a scenario of the double. Nothing may fail unseen. */
    async function inScenario(words: string, run: (page: Page) => Promise<void>): Promise<void> {
      const problems: string[] = [];
      const onError = (error: Error): void => void problems.push(error.stack ?? error.message);
      const onMessage = (message: ConsoleMessage): void => {
        if (message.type() === "error") problems.push(message.text());
      };
      shared.on("pageerror", onError).on("console", onMessage);
      try {
        await shared.goto(new URL(`preview.html?${words}`, addressOf(server)).href);
        await run(shared);
        expect(problems).toEqual([]);
      } finally {
        shared.off("pageerror", onError).off("console", onMessage);
      }
    }

    /** Two frames: sizes are observed in the first, the image is drawn in the second. */
    const drawn = (page: Page): Promise<unknown> =>
      page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))",
      );

    /** Pictures of a state in both sizes, each in a theme or in both. In each size, all controls have names and nothing is wider than the screen. */
    async function state(page: Page, name: string): Promise<void> {
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport);
        for (const colorScheme of schemes(size)) {
          await page.emulateMedia({ colorScheme });
          await drawn(page);
          await page.screenshot({ path: `${screenshots}${name}-${size}-${colorScheme}.png` });
        }
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect(wide, `${name}, ${size}`).toBeLessThanOrEqual(viewport.width);
        const cut = await page.evaluate<string[]>(
          `[...document.querySelectorAll(".welcome, .workspace__images, .stage, .stage-bar, .panels__content")]
            .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
            .map(({ className }) => className)`,
        );
        expect(cut, `${name}, ${size}`).toEqual([]);
        const spoken = await page.locator("body").ariaSnapshot();
        const nameless = spoken
          .split("\n")
          .filter((line) =>
            /^\s*- (button|textbox|checkbox|radio|slider|combobox|tab|link|progressbar)( \[[^\]]*\])*:?\s*$/.test(
              line,
            ),
          );
        expect(nameless, `${name}, ${size}`).toEqual([]);
      }
      await page.setViewportSize(sizes.desk);
      await page.emulateMedia({ colorScheme: "light" });
      await drawn(page);
    }

    const button = (page: Page, name: string | RegExp) =>
      page.getByRole("button", { name, exact: typeof name === "string" });
    async function openSample(page: Page): Promise<void> {
      await button(page, /Try the sample/).click();
      await page.getByRole("application", { name: /sample.tif/ }).waitFor();
      await page.getByText("Reading the plane").waitFor({ state: "detached" });
    }
    async function denoise(page: Page): Promise<void> {
      await button(page, "Denoise this image").click();
      await page.getByRole("heading", { name: "Can it be trusted?" }).waitFor();
      await page.getByRole("radio", { name: "Residual" }).waitFor();
    }

    it("opens an image, denoises it, compares, and hands the files out", async () => {
      await inScenario("", async (page) => {
        await page.getByRole("heading", { name: "Drop a microscopy image" }).waitFor();
        await state(page, "empty");
        // Nothing is dropped on a phone.
        await page.setViewportSize(sizes.phone);
        await page.getByRole("heading", { name: "Open a microscopy image" }).waitFor();
        await page.setViewportSize(sizes.desk);

        await openSample(page);
        expect(await page.getByRole("listitem").filter({ hasText: "sample.tif" }).textContent()).toContain(
          "16-bit TIFF, 2 channels, 5 z planes",
        );
        const depth = page.getByRole("slider", { name: "Depth" });
        expect(await depth.getAttribute("aria-valuetext")).toBe("3 of 5");
        await state(page, "opened");

        // Keys move and zoom, and lead out of the viewer again.
        const viewer = page.getByRole("application");
        const zoom = page.getByRole("status", { name: "Zoom" });
        await viewer.focus();
        await page.keyboard.press("0");
        await drawn(page);
        const fits = await zoom.textContent();
        await page.keyboard.press("+");
        await expect.poll(() => zoom.textContent(), patient).not.toBe(fits);
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("1");
        await expect.poll(() => zoom.textContent(), patient).toBe("100 %");
        await page.keyboard.press("0");
        await expect.poll(() => zoom.textContent(), patient).toBe(fits);
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.type")).toBe("range");

        await page.getByRole("radio", { name: "Method", exact: true }).check();
        await page.getByRole("radio", { name: "Non-local means" }).check();
        await page.getByText("structures of one kind come again and again").waitFor();
        await state(page, "methods");
        await page.getByRole("radio", { name: "Automatic" }).check();
        await denoise(page);
        await page.getByText("Stands out.").waitFor();
        const divider = page.getByRole("slider", { name: "Divider between before and after" });
        expect(await divider.getAttribute("aria-valuenow")).toBe("50");
        await divider.focus();
        await page.keyboard.press("PageUp");
        expect(await divider.getAttribute("aria-valuenow")).toBe("60");
        const box = (await divider.boundingBox())!; // It is on the screen
        await page.mouse.move(box.x + box.width / 2, box.y + 40);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width / 2 - 150, box.y + 60, { steps: 3 });
        await page.mouse.up();
        await expect
          .poll(async () => Number(await divider.getAttribute("aria-valuenow")), patient)
          .toBeLessThan(45);
        await state(page, "done");

        await page.getByRole("radio", { name: "Residual" }).check();
        await page.getByText(/taken away \d+/).waitFor();
        await button(page, "Contrast").click();
        await page.getByRole("img", { name: "Histograms of before and after" }).waitFor();
        const note = page.getByText(/what is shown now has a scale of its own/);
        await note.waitFor();
        await state(page, "residual-and-contrast");
        await page.getByRole("radio", { name: "Compare" }).check();
        await note.waitFor({ state: "detached" });
        await button(page, "Profile").click();
        const start = button(page, /Start of the profile line/);
        const at = await start.getAttribute("aria-label");
        await start.focus();
        await page.keyboard.press("Shift+ArrowDown");
        expect(await start.getAttribute("aria-label")).not.toBe(at);
        await page.getByRole("img", { name: "Grey values along the line, before and after" }).waitFor();
        // A line that is drawn past the image ends with it.
        const stage = (await viewer.boundingBox())!; // It is on the screen
        const [left, top] = [stage.x + 0.6 * stage.width, stage.y + 0.3 * stage.height];
        await page.mouse.move(left, top);
        await page.mouse.down();
        await page.mouse.move(stage.x + 3, top, { steps: 3 });
        await page.mouse.up();
        await button(page, /End of the profile line at x 0,/).waitFor();
        await state(page, "profile");
        await button(page, "Profile").click();

        await page.getByRole("tab", { name: "Save", exact: true }).click();
        await state(page, "save");
        const download = page.waitForEvent("download");
        await button(page, /Save the result/).click();
        const saved = await download;
        expect(saved.suggestedFilename()).toBe("sample-denoised.tif");
        expect(await readFile(await saved.path())).toHaveLength(1_048_976);

        await page.getByRole("tab", { name: "Denoise" }).click();
        await button(page, "Denoise otherwise").click();
        await page.getByRole("radio", { name: "Method", exact: true }).check();
        await denoise(page);
      });
    });

    it("has a model file that is opened denoise the next image", async () => {
      await inScenario("", async (page) => {
        await page
          .getByLabel("Files")
          .setInputFiles({ name: "mine.safetensors", mimeType: "", buffer: Buffer.alloc(9) });
        await page.getByRole("status").filter({ hasText: "The model mine.safetensors is open" }).waitFor();
        await openSample(page);
        expect(await page.getByRole("radio", { name: /mine\.safetensors/ }).isChecked()).toBe(true);
        await denoise(page);
      });
    });

    it("says that it opens, and what could not be opened", async () => {
      await inScenario("hold=open", async (page) => {
        await button(page, /Try the sample/).click();
        await page.getByRole("status").filter({ hasText: "Opening the sample" }).waitFor();
        await state(page, "loading");
      });
      await inScenario("fail=open", async (page) => {
        await page
          .getByLabel("Files")
          .setInputFiles({ name: "cells.tif", mimeType: "image/tiff", buffer: Buffer.alloc(9) });
        const alert = page.getByRole("alert");
        await alert.filter({ hasText: "cells.tif was not opened" }).waitFor();
        await alert.filter({ hasText: "Copy it once more" }).waitFor();
        await state(page, "not-opened");
        await alert.getByRole("button", { name: "Dismiss" }).click();
        await alert.waitFor({ state: "detached" });
      });
    });

    it("asks what planes are where the file does not say, and says what is large", async () => {
      await inScenario("doubtful&memory=0.02", async (page) => {
        await openSample(page);
        await page.getByText("What are these planes?").waitFor();
        await page.getByText("Large for this machine").waitFor();
        await page.getByRole("slider", { name: "Time" }).waitFor();
        await state(page, "axes-doubtful-and-low-memory");
        await page.setViewportSize(sizes.phone);
        await page.getByText("What are these planes?").waitFor();
        await page.setViewportSize(sizes.desk);
        // As they were taken for, which makes them certain.
        await button(page, "10 time points").click();
        await page.getByText("What are these planes?").waitFor({ state: "detached" });
        await page.getByText("Are the axes wrong?").click();
        await button(page, "10 channels").click();
        await page.getByRole("slider", { name: "Channel" }).waitFor();
        await page.getByText("What are these planes?").waitFor({ state: "detached" });
      });
    });

    it("shows a large image reduced, what is looked at nearer in all its pixels, and channels in their colours", async () => {
      await inScenario("large&coloured", async (page) => {
        await openSample(page);
        await page.getByRole("application", { name: /sample.tif/ }).press("1");
        // Of a plane that has come reduced by 4, three of four neighbours in a row are the same.
        const alike = (): Promise<number> =>
          page.evaluate<number>(`(() => {
            const canvas = document.querySelector(".stage-view canvas");
            const [x, y] = [Math.round(canvas.width / 2), Math.round(canvas.height / 2)];
            const { data } = canvas.getContext("2d").getImageData(x, y, 64, 1);
            let count = 0;
            for (let i = 1; i < 64; i++) if (data[4 * i] === data[4 * i - 4]) count++;
            return count / 63;
          })()`);
        await expect.poll(alike, patient).toBeLessThan(0.5);
        /** Red, green and blue of the middle of the picture, summed. */
        const colour = (): Promise<number[]> =>
          page.evaluate<number[]>(`(() => {
            const canvas = document.querySelector(".stage-view canvas");
            const [x, y] = [Math.round(canvas.width / 2), Math.round(canvas.height / 2)];
            const { data } = canvas.getContext("2d").getImageData(x, y, 64, 64);
            return [0, 1, 2].map((at) => data.reduce((sum, value, i) => sum + (i % 4 === at ? value : 0), 0));
          })()`);
        const [r, g, b] = (await colour()) as [number, number, number];
        expect([r / b, g / b].map((part) => Number(part.toFixed(1)))).toEqual([0.2, 0.4]); // #3060ff
        const channel = page.getByRole("slider", { name: "Channel" });
        await channel.press("ArrowRight");
        const swatch = page.locator(".axis-sliders .slider__colour");
        expect(await swatch.getAttribute("style")).toMatch(/rgb\(0, 255, 0\)/);
        await expect
          .poll(async () => (await colour()).map((sum) => sum > 0), patient)
          .toEqual([false, true, false]);
        await denoise(page);
        await page.getByRole("radio", { name: "Residual" }).check();
        await expect.poll(alike, patient).toBeLessThan(0.5);
      });
    });

    it("shows what is looked at first, how far it is, and stops", async () => {
      await inScenario("hold=denoise", async (page) => {
        await openSample(page);
        await button(page, "Larger").click();
        await button(page, "Denoise this image").click();
        const progress = page.getByRole("progressbar", { name: "Denoising" });
        await expect.poll(() => progress.getAttribute("aria-valuenow"), patient).toBe("40");
        await page.getByText("plane 5 of 10, 25 seconds left").waitFor();
        await page.getByRole("slider", { name: "Divider between before and after" }).waitFor();
        await expect.poll(() => page.title(), patient).toBe("40 % denoising - CLIDiM");
        await state(page, "denoising");
        await button(page, "Stop").click();
        await button(page, "Denoise this image").waitFor();
        expect(await page.getByRole("alert").count()).toBe(0);
        await expect.poll(() => page.title(), patient).toBe("CLIDiM");
      });
    });

    it("keeps a result until there is another, and the form open where that is stopped", async () => {
      await inScenario("hold=denoise again", async (page) => {
        await openSample(page);
        await denoise(page);
        await button(page, "Denoise otherwise").click();
        await page.getByRole("radio", { name: "Method", exact: true }).check();
        await button(page, "Denoise this image").click();
        await page.getByText("The result that there is is not saved").waitFor();
        await state(page, "not-saved");
        await button(page, "Keep it").click();
        await button(page, "Denoise this image").click();
        await button(page, "Denoise without saving it").click();
        await button(page, "Stop").click();
        await button(page, "Denoise this image").waitFor();
        expect(await page.getByRole("radio", { name: "Method", exact: true }).isChecked()).toBe(true);
        await button(page, "Back to the result").click();
        await page.getByText("Denoised in").waitFor();
      });
    });

    it("asks before a result goes that is not saved, with its image or the axes of it", async () => {
      await inScenario("doubtful", async (page) => {
        await openSample(page);
        await denoise(page);
        await button(page, "Close sample.tif").click();
        await page.getByText("Its result is not saved.").waitFor();
        await button(page, "Keep it").click();
        await button(page, "10 channels").click();
        await page.getByText("The result of the image as it is read now is not saved.").waitFor();
        await button(page, "Keep it").click();
        await page.getByRole("slider", { name: "Time" }).waitFor();
        await button(page, "10 channels").click();
        await button(page, "Read it otherwise without saving").click();
        await page.getByRole("slider", { name: "Channel" }).waitFor();
        await denoise(page);
        const saved = page.waitForEvent("download");
        await button(page, /Save the result/).click();
        await saved;
        await button(page, "Close sample.tif").click();
        await page.getByRole("heading", { name: "Drop a microscopy image" }).waitFor();
      });
    });

    it("shows of each image what was made of it while another is denoised", async () => {
      await inScenario("hold=denoise again", async (page) => {
        const files = ["a.tif", "b.tif"].map((name) => ({ name, mimeType: "", buffer: Buffer.alloc(9) }));
        await page.getByLabel("Files").setInputFiles(files);
        await page.getByRole("application", { name: /a\.tif/ }).waitFor();
        await denoise(page);
        await button(page, "b.tif").click();
        await button(page, "Denoise this image").click();
        await page.getByText("plane 5 of 10").waitFor();
        await button(page, "a.tif").click();
        await page.getByText("Denoised in").waitFor();
        await page.getByRole("radio", { name: "Residual" }).waitFor();
        await button(page, "Denoise otherwise").click();
        await page.getByText("b.tif is being denoised").waitFor();
        expect(await button(page, "Denoise this image").isDisabled()).toBe(true);
        await button(page, "stop it there").click();
        await button(page, "Stop").click();
        await button(page, "Denoise this image").waitFor();
        expect(await page.getByRole("alert").count()).toBe(0);
      });
    });

    it("says what went wrong; of its own mistakes it gives the details", async () => {
      await inScenario("fail=denoise", async (page) => {
        await openSample(page);
        await button(page, "Denoise this image").click();
        await page
          .getByRole("alert")
          .filter({ hasText: "the file has changed since it was opened" })
          .waitFor();
        expect(await button(page, "Copy details").count()).toBe(0);
        await button(page, "Denoise this image").waitFor();
        await state(page, "not-denoised");
      });
      await inScenario("fail=internal", async (page) => {
        await button(page, /Try the sample/).click();
        await page
          .getByRole("alert")
          .filter({ hasText: "Something went wrong in the program itself" })
          .waitFor();
        await button(page, "Copy details").waitFor();
        await state(page, "mistake-of-its-own");
      });
    });

    it("denoises with a model, with its uncertainty", async () => {
      await inScenario("runs", async (page) => {
        await page.getByRole("list", { name: "Stored trainings" }).waitFor();
        await state(page, "empty-with-runs");
        await button(page, "Go on").click();
        await page.getByText("membranes is trained").waitFor();
        await openSample(page);
        await page.getByRole("tab", { name: "Denoise" }).click();
        await page.getByRole("radio", { name: "Model" }).check();
        await page.getByRole("radio", { name: /actin-60x/ }).check();
        await page.getByRole("radio", { name: "Automatic" }).check();
        await page.getByRole("radio", { name: "Model" }).check();
        expect(await page.getByRole("radio", { name: /actin-60x/ }).isChecked()).toBe(true);
        await page.getByRole("checkbox", { name: /map of uncertainty/ }).check();
        await state(page, "models");
        await denoise(page);
        await page.getByRole("tab", { name: "Save", exact: true }).click();
        await page.getByRole("radio", { name: /actin-60x/ }).check();
        await page.getByRole("heading", { name: "Save it as" }).waitFor();
        await page.getByRole("heading", { name: "The same training on a command line" }).waitFor();
        // The command lines of the result and of the training; what is copied of one says nothing of another.
        const uncopied = (): Promise<number> => button(page, "Copy").count();
        await expect.poll(uncopied, patient).toBe(2);
        await button(page, "Copy").last().click();
        await expect.poll(uncopied, patient).toBe(1);
        await page.getByRole("radio", { name: /membranes/ }).check();
        await expect.poll(uncopied, patient).toBe(2);
        await page.getByRole("radio", { name: /actin-60x/ }).check();
        await page.getByText("BioImage Model Zoo").click();
        const archive = button(page, "Save the archive");
        expect(await archive.isDisabled()).toBe(true);
        await page.getByRole("textbox", { name: "Author" }).fill("R. Hooke");
        const saved = page.waitForEvent("download");
        await archive.click();
        expect((await saved).suggestedFilename()).toBe("actin-60x, R. Hooke, CC-BY-4.0.zip");
        await state(page, "save-a-model");
        await page.getByRole("radio", { name: "Uncertainty" }).check();
        await page.getByText("standard deviation").waitFor();
        await state(page, "uncertainty");
      });
    });

    it("trains: checks the form, draws the curves, pauses and goes on", async () => {
      await inScenario("runs&full&hold=train", async (page) => {
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        await page.getByText("The storage of this browser is nearly full").waitFor();
        await page.getByText("This browser may remove trainings when space is short").waitFor();
        const start = button(page, "Start the training");
        await page.getByRole("combobox", { name: "Channel" }).selectOption("Actin");
        await page.getByRole("textbox", { name: "batch" }).fill("many");
        await page.getByText("Expected a whole number from 1 to 4096.").waitFor();
        expect(await start.isDisabled()).toBe(true);
        await button(page, "Set batch back to 32").click();
        await page.getByRole("textbox", { name: "crop" }).fill("63");
        await page.getByText("crop is 63; allowed: a multiple of 2^depth, 4.").waitFor();
        await state(page, "train-form");
        await page.getByRole("textbox", { name: "crop" }).fill("64");
        await page.getByText("More settings").click();
        await page.getByRole("combobox", { name: "loss" }).selectOption("mae");
        await page.getByText("(1 changed)").waitFor();
        // What has no value of its own is automatic again when it is emptied.
        const factor = page.getByRole("textbox", { name: "plateau: factor" });
        await factor.pressSequentially("0.25");
        expect(await factor.inputValue()).toBe("0.25");
        await page.getByText("(2 changed)").waitFor();
        await factor.fill("");
        await page.getByText("(1 changed)").waitFor();
        await button(page, "Choose among 10 methods").click();
        const disabled = page.getByRole("radio", { name: /CARE/ });
        expect(await disabled.isDisabled()).toBe(true);
        await page
          .getByText("Open a clean image of the same scene as well, or a time series.")
          .first()
          .waitFor();
        await expect.poll(() => start.isEnabled(), patient).toBe(true);
        await start.click();
        const progress = page.getByRole("progressbar", { name: "Training" });
        await expect.poll(() => progress.getAttribute("aria-valuenow"), patient).toBe("64");
        await page.getByRole("img", { name: "Losses over updates" }).waitFor();
        await page.getByRole("img", { name: "Validation over updates" }).waitFor();
        await page.getByRole("img", { name: /A fixed crop/ }).waitFor();
        await expect.poll(() => page.title(), patient).toBe("64 % training - CLIDiM");
        await state(page, "training");
        await button(page, "Pause").click();
        await page.getByText("noise2void-1 is paused").waitFor();
        await state(page, "paused");
        await page
          .getByRole("list", { name: "Stored trainings" })
          .getByRole("listitem")
          .filter({ hasText: "noise2void-1" })
          .getByRole("button", { name: "Go on" })
          .click();
        await button(page, "Stop, keep the model").click();
        await page.getByText(/noise2void-1 is trained, finished at \d+ of 500/).waitFor();
        await button(page, "Denoise with it").first().click();
        expect(await page.getByRole("radio", { name: /noise2void-1/ }).isChecked()).toBe(true);
      });
      await inScenario("fail=train", async (page) => {
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        await button(page, "Start the training").click();
        await page.getByRole("alert").filter({ hasText: "a checkpoint of 14 MB did not fit" }).waitFor();
        await state(page, "storage-full");
      });
    });

    it("keeps the keyboard's focus near where a control that had it vanishes or is disabled", async () => {
      /** The name of what has the focus, or what it says. */
      const focused = (page: Page): Promise<string> =>
        page.evaluate<string>(`(() => {
          const { activeElement: active } = document;
          if (active === document.body) return "the whole page";
          const named = (active.getAttribute("aria-labelledby") ?? active.id).split(" ")[0];
          const label = named && document.querySelector("#" + named + "[role=tab], [for='" + named + "'], h1#" + named);
          return (active.ariaLabel ?? label?.textContent ?? (active.closest("label") ?? active).textContent).trim();
        })()`);
      const expectFocus = (page: Page, name: string | RegExp): Promise<void> =>
        expect.poll(() => focused(page), patient).toMatch(name);
      const press = async (page: Page, name: string | RegExp): Promise<void> =>
        button(page, name).first().press("Enter");

      await inScenario("runs", async (page) => {
        await press(page, "Remove membranes");
        await expectFocus(page, "Keep");
        await page.keyboard.press("Enter");
        await expectFocus(page, "Remove membranes");
        await page.keyboard.press("Enter");
        await expectFocus(page, "Keep");
        await page.keyboard.press("Tab");
        await expectFocus(page, "Remove for good");
        await page.keyboard.press("Enter");
        await page.getByText("membranes").waitFor({ state: "detached" });
        await expectFocus(page, /^Save$/); // of the next run
        await press(page, "Remove actin-60x");
        await press(page, "Remove for good");
        await page.getByRole("list", { name: "Stored trainings" }).waitFor({ state: "detached" });
        await expectFocus(page, /Try the sample/);
        await page.keyboard.press("Enter");
        await expectFocus(page, "sample.tif");
        await button(page, "Close sample.tif").focus();
        let asked = 0;
        const onAsked = (): void => void asked++;
        page.on("filechooser", onAsked);
        await page.keyboard.down("Enter");
        await expectFocus(page, "Open files");
        await page.keyboard.down("Enter"); // It is held, and presses nothing more
        await page.keyboard.up("Enter");
        await drawn(page);
        expect(asked).toBe(0);
        page.off("filechooser", onAsked);
      });
      await inScenario("runs", async (page) => {
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        await press(page, "Remove actin-60x");
        await press(page, "Remove for good");
        await page.getByText("actin-60x").waitFor({ state: "detached" });
        await expectFocus(page, "Remove membranes"); // There is none after it
        const updates = page.getByRole("textbox", { name: "updates" });
        await updates.fill("5");
        await press(page, /Set updates back/);
        await expectFocus(page, /^updates/);
        await press(page, "Contrast");
        const slider = page.getByRole("slider", { name: "Black" });
        await slider.press("ArrowRight");
        const automatic = page.getByRole("region", { name: "Contrast" }).getByRole("button");
        await automatic.press("Enter");
        await expectFocus(page, "Contrast"); // It is disabled now; the part around it
        await page.keyboard.press("Tab");
        await press(page, "Start the training");
        await expectFocus(page, /Pause/);
        await page.getByText("noise2void-1 is trained").waitFor();
        await expectFocus(page, "Denoise with it");
        // A press beside all controls takes the focus away for good.
        await press(page, "Start the training");
        await expectFocus(page, /Pause/);
        await page.getByRole("banner").click();
        await page.getByText("noise2void-2 is trained").waitFor();
        await expectFocus(page, "the whole page");
      });
      await inScenario("hold=denoise again&doubtful", async (page) => {
        await openSample(page);
        await press(page, "10 channels");
        await expectFocus(page, "sample.tif");
        await press(page, "Denoise this image");
        await expectFocus(page, /Save the result/);
        await press(page, "Denoise otherwise");
        await expectFocus(page, "Automatic");
        await page.getByRole("radio", { name: "Method", exact: true }).check();
        await press(page, "Denoise this image");
        await expectFocus(page, "Keep it");
        await press(page, "Denoise without saving it");
        await expectFocus(page, "Stop");
        await page.keyboard.press("Enter");
        await expectFocus(page, "Method");
        await press(page, "Back to the result");
        await expectFocus(page, /Save the result/);
      });
      await inScenario("hold=open", async (page) => {
        await press(page, /Try the sample/);
        await expectFocus(page, "Drop a microscopy image");
      });
      await inScenario("fail=open", async (page) => {
        await page
          .getByLabel("Files")
          .setInputFiles({ name: "cells.tif", mimeType: "image/tiff", buffer: Buffer.alloc(9) });
        await press(page, "Dismiss");
        await expectFocus(page, /Try the sample/);
      });
    });

    it("opens a folder that is dropped", async () => {
      const folder = await mkdtemp(join(tmpdir(), "clidim-"));
      try {
        await mkdir(join(folder, "cells/inner"), { recursive: true });
        await writeFile(join(folder, "cells/50 % #1.tif"), "");
        await writeFile(join(folder, "cells/inner/second.tif"), "");
        await inScenario("", async (page) => {
          await page.getByRole("heading", { name: "Drop a microscopy image" }).waitFor();
          const devtools = await page.context().newCDPSession(page);
          const data = { items: [], files: [join(folder, "cells")], dragOperationsMask: 1 };
          for (const type of ["dragEnter", "dragOver", "drop"] as const) {
            await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
          }
          const list = page.getByRole("list", { name: "Open images" }).getByRole("listitem");
          await list.filter({ hasText: "cells/50 % #1.tif" }).waitFor();
          await list.filter({ hasText: "cells/inner/second.tif" }).waitFor();
          expect(await page.evaluate("document.documentElement.dataset.dropping")).toBe("false");
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("says that a training runs on the battery, until the machine is plugged in", async () => {
      await inScenario("hold=train", async (page) => {
        await page.evaluate(`(() => {
          const battery = Object.assign(new EventTarget(), { charging: false, level: 0.314 });
          navigator.getBattery = async () => battery;
          globalThis.plugIn = () => {
            battery.charging = true;
            battery.dispatchEvent(new Event("chargingchange"));
          };
        })()`);
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        await button(page, "Start the training").click();
        const notice = page.getByRole("status").filter({ hasText: "On battery, 31 % left." });
        await notice.waitFor();
        await page.evaluate("plugIn()");
        await notice.waitFor({ state: "detached" });
      });
    });

    it("has models that are for images of one size made for the height and the width that are chosen", async () => {
      await inScenario("runs&sized", async (page) => {
        await button(page, "Save").first().click();
        await page.getByRole("spinbutton", { name: "Height" }).fill("32");
        const width = page.getByRole("spinbutton", { name: "Width" });
        await width.fill("50");
        expect(await button(page, "ONNX").isDisabled()).toBe(true);
        await width.fill("48");
        const saved = page.waitForEvent("download");
        await button(page, "ONNX").click();
        expect((await saved).suggestedFilename()).toBe("model 32 48.onnx");
      });
    });

    it("works without a GPU, and without what networks run on as far as that goes", async () => {
      await inScenario("gpu=processor", async (page) => {
        await page.getByText("Processor, 8 cores").waitFor();
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        await expect.poll(() => button(page, "Start the training").isEnabled(), patient).toBe(true);
        await state(page, "processor");
        await button(page, "Dismiss").click();
        await page.getByText("run on the processor").waitFor({ state: "detached" });
      });
      await inScenario("gpu=none", async (page) => {
        await page.getByText("Classical methods work here").waitFor();
        await openSample(page);
        await page.getByRole("tab", { name: "Train" }).click();
        expect(await button(page, "Start the training").isDisabled()).toBe(true);
        await state(page, "no-webgpu");
        await page.getByRole("tab", { name: "Denoise" }).click();
        await denoise(page);
      });
    });
  });
}
