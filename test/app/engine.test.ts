import * as nodeFiles from "node:fs/promises";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { exportModel } from "@clidim/denoise";
import { denoiseFiles, loadModel } from "@clidim/denoise/node";
import { exportBioimageModel, exportDenoiser } from "@clidim/export";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { readSafetensors, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { unzipSync, zipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import sirv from "sirv";
import { build, defaultClientConditions, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeModules } from "../../packages/app/build/nodeModules.js";
import type {
  ModelChoice,
  ModelSummary,
  Opened,
  OpenedImage,
  StoredRun,
} from "../../packages/app/src/engine/engine.js";
import { readyModels } from "../../packages/cli/src/readyModels.js";
import type { Output } from "../browser/bundle.js";
import { addressOf, executablePath, openBrowser, serve, skipAloud } from "../browser/chromium.js";
import { modelOf } from "../export/modelOf.js";
import { fileScenario } from "./engine/fileScenario.js";
import type { Denoised, Disturbance, GivenFile, Trained } from "./engine/host.js";
import { type Trouble, troublesome } from "./engine/trouble.js";

/** A training that takes a second or two. */
const quick = { crop: 16, batch: 2, filters: 2, depth: 1, updates: 12 };

const stopSoon: Disturbance = { after: 2, what: "stop" };
const finishSoon: Disturbance = { after: 2, what: "finish" };

/** Kernels compile for a minute where other programs are at work. */
const PATIENCE = 400_000;

/** The engine with its worker as the site has them. */
async function bundle(): Promise<Output> {
  const node = nodeModules();
  const result = await build({
    root: fileURLToPath(new URL("engine", import.meta.url)),
    configFile: false,
    logLevel: "error",
    ...node,
    resolve: { ...node.resolve, conditions: ["@clidim/source", ...defaultClientConditions] },
    build: { write: false, target: "es2023" },
    worker: {
      format: "es",
      rolldownOptions: { output: { banner: ({ isEntry }) => (isEntry ? troublesome : "") } },
    },
  });
  return (result as Rolldown.RolldownOutput).output; // of one configuration that does not watch
}

if (executablePath === undefined) {
  skipAloud();
} else {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const errors: string[] = [];
  const scripts: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "clidim-"));
    const simulated = simulateScenes({ seed: 5, size: 48, scenes: 1, frames: 1 });
    await writeImageFile(join(folder, "small.tif"), simulated[0]!.noisy);
    const stack = simulateScenes({ seed: 6, size: 160, scenes: 1, frames: 4 });
    await writeImageFile(join(folder, "stack.tif"), stack[0]!.noisy);
    server = await serve(await bundle());
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.context().on("request", (request) => scripts.push(request.url()));
    await page.goto(addressOf(server));
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });

  const call = <T>(run: string, ...args: readonly unknown[]): Promise<T> =>
    page.evaluate<T>(`tried(${run}(${args.map((arg) => JSON.stringify(arg)).join()}))`);

  const given = async (...names: readonly string[]): Promise<GivenFile[]> =>
    Promise.all(
      names.map(async (path) => ({
        path,
        bytes: (await readFile(join(folder, path))).toString("base64"),
      })),
    );

  const [scene] = simulateScenes({ seed: 3, size: 96, scenes: 1, frames: 2 });

  describe("the files of the browser", () => {
    it("answer as those of Node", async () => {
      const root = join(folder, "scenario");
      await nodeFiles.mkdir(root);
      const here = await fileScenario(nodeFiles, root);
      const there = await call("files");
      expect(there).toEqual(here);
    });
  });

  describe("the engine in headless Chromium", () => {
    it("opens files and gives their planes, and says what is wrong with others", async () => {
      const cells = join(folder, "cells.tif");
      await writeImageFile(cells, scene!.noisy);
      await writeFile(join(folder, "cut.tif"), (await readFile(cells)).subarray(0, 4000));
      const opened = await call<Opened>("opened", await given("cells.tif", "cut.tif"));
      const [image] = opened.images;
      expect(opened.images).toHaveLength(1);
      expect(image).toMatchObject({
        name: "cells.tif",
        axes: ["T", "Y", "X"],
        shape: [2, 96, 96],
        summary: "16-bit TIFF, 2 time points of 96 x 96 pixels",
        axesDoubtful: true,
      });
      expect(opened.failures).toHaveLength(1);
      expect(opened.failures[0]!.sentence).toMatch(/^cut\.tif/);
      const plane = await call<{ data: number[] }>("plane", image!.id, { T: 1 });
      expect(plane.data).toEqual([...scene!.noisy[1]!.data]);
      const small = await call<{ data: number[]; width: number }>("plane", image!.id, {}, 48);
      const data = scene!.noisy[0]!.data;
      expect(small.width).toBe(48);
      expect(small.data[0]).toBeCloseTo((data[0]! + data[1]! + data[96]! + data[97]!) / 4);
      const region = { x: 11, y: 20, width: 30, height: 40 };
      const part = await call<{ data: number[] }>("plane", image!.id, { T: 1 }, 40, region);
      // Pictures come from a worker of their own, which asks for planes by itself.
      const painted = await call<{ data: number[] }>(
        "painted",
        {
          ...{ kind: "grey", plane: { image: image!.id, place: { T: 1 }, region }, colour: "#ff8000" },
          contrast: { low: 0, high: part.data[0]! * 2 },
        },
        1,
      );
      expect(painted).toEqual({ width: 30, height: 40, data: [127, 64, 0, 255] });
      expect(part.data).toEqual(
        Array.from(
          { length: 30 * 40 },
          (_, i) => scene!.noisy[1]!.data[(20 + Math.floor(i / 30)) * 96 + 11 + (i % 30)],
        ),
      );
    });

    it("denoises as Node does, byte for byte", async () => {
      const out = join(folder, "denoised");
      // As the browser, which has no GPU.
      setDefaultDevice(new WasmExecutor());
      await denoiseFiles({
        methods,
        method: "automatic",
        ready: readyModels,
        files: [join(folder, "small.tif")],
        out,
        report: true,
      });
      const { images } = await call<Opened>("opened", await given("small.tif"));
      const denoised = await call<Denoised>("denoise", {
        job: "automatic",
        image: images[0]!.id,
        by: { kind: "automatic" },
      });
      expect(denoised).toMatchObject({
        name: "small.denoised.tif",
        command: "npx clidim denoise --report --out denoised small.tif",
        image: { shape: [48, 48] },
      });
      expect(denoised.progress.at(-1)).toBe(1);
      const expected = await readFile(join(out, "small.tif"));
      expect(Buffer.from(denoised.bytes, "base64").equals(expected)).toBe(true);
      // In Node all was done in one thread.
      const threads = scripts.filter((address) => address.includes("methodThread"));
      expect(threads.length > 0).toBe(await page.evaluate<boolean>("navigator.hardwareConcurrency > 1"));
      // Files are in other folders here.
      const report = await readFile(join(out, "small.report.html"), "utf8");
      expect(denoised.report).toBe(report.replaceAll(`${out}/`, "").replaceAll(`${folder}/`, ""));
      const result = await call<{ data: number[] }>("plane", denoised.image.id, {});
      expect(result.data).toHaveLength(48 * 48);
    });

    it("goes on where the browser ends its threads without a word", async () => {
      const out = join(folder, "by-threads");
      await denoiseFiles({
        method: methods.classicalNamed("bm3d"),
        files: [join(folder, "stack.tif")],
        out,
        report: true,
      });
      const { images } = await call<Opened>("opened", await given("stack.tif"));
      const visible = { place: { T: 0 }, region: { x: 40, y: 40, width: 32, height: 32 } };
      const request = { job: "ended threads", image: images[0]!.id, by: { kind: "method", name: "bm3d" } };
      const denoised = await call<Denoised>("denoise", { ...request, visible }, "end threads");
      expect(denoised.preview).toBeDefined();
      const expected = await readFile(join(out, "stack.tif"));
      expect(Buffer.from(denoised.bytes, "base64").equals(expected)).toBe(true);
    });

    it("shows the visible region first, and takes the axes that it is told", async () => {
      const { images } = await call<Opened>("opened", await given("stack.tif"));
      const image = await call<OpenedImage>("engine.withAxes", images[0]!.id, "ZYX");
      expect(image).toMatchObject({ axes: ["Z", "Y", "X"], shape: [4, 160, 160], insteadOf: images[0]!.id });
      const region = { x: 40.5, y: 100, width: 32, height: 200 };
      const denoised = await call<Denoised>("denoise", {
        job: "visible",
        image: image.id,
        by: { kind: "method", name: "gaussian" },
        visible: { place: { Z: 3 }, region },
      });
      expect(denoised.preview).toMatchObject({
        region: { x: 40, y: 100, width: 33, height: 60 },
        place: { Z: 3 },
        width: 33,
        height: 60,
      });
      expect(denoised.image.axes).toEqual(["Z", "Y", "X"]);
      expect(denoised.chosen).toMatch(/^Gaussian blur: sigma/);
      expect(denoised.checks.length).toBeGreaterThan(0);
    });

    it("takes any file name, and says that there is no room for a copy with other axes until there is", async () => {
      const name = "cells #2, 50 %.tif";
      const [wide] = simulateScenes({ seed: 8, size: 64, scenes: 1, frames: 3 });
      const pages = wide!.noisy.map(({ data, ...page }) => ({
        ...page,
        height: 48,
        data: data.slice(0, 48 * 64),
      }));
      await writeImageFile(join(folder, name), pages);
      const { images } = await call<Opened>("opened", await given(name));
      expect(images).toMatchObject([{ name, shape: [3, 48, 64] }]);
      const by = { kind: "method", name: "gaussian" } as const;
      const denoised = await call<Denoised>("denoise", { job: "named", image: images[0]!.id, by });
      expect(denoised).toMatchObject({
        name: "cells #2, 50 %.denoised.tif",
        command: `npx clidim denoise --method gaussian --report --out denoised '${name}'`,
      });
      const image = await call<OpenedImage>("engine.withAxes", images[0]!.id, "CYX");
      expect(image).toMatchObject({ axes: ["C", "Y", "X"], shape: [3, 48, 64], width: 64, height: 48 });
      const plane = await call<{ data: number[] }>("plane", image.id, { C: 2 });
      expect(plane.data).toEqual([...pages[2]!.data]);
      await page.evaluate(`trouble("full"), 0`);
      expect(await call("denoise", { job: "copied", image: image.id, by })).toMatchObject({
        failed: { sentence: expect.stringMatching(/no space left/), internal: false },
      });
      await page.evaluate(`trouble("room"), 0`);
      const again = await call<Denoised>("denoise", { job: "copied", image: image.id, by });
      expect(again.image).toMatchObject({ axes: ["C", "Y", "X"], shape: [3, 48, 64] });
      expect(again.chosen).toMatch(/^Channel 1: .*; Channel 3: /);
    });

    it("gives an OME-Zarr back as an archive of one, which Node reads", async () => {
      const zarr = join(folder, "cells.zarr");
      await writeImageFile(zarr, scene!.noisy, { axes: ["C", "Y", "X"], shape: [2, 96, 96] });
      const entries = await readdir(zarr, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
      const { images } = await call<Opened>("opened", await given(...files));
      expect(images).toMatchObject([{ name: "cells.zarr", axes: ["C", "Y", "X"], channels: ["0", "1"] }]);
      const denoised = await call<Denoised>("denoise", {
        job: "zarr",
        image: images[0]!.id,
        by: { kind: "method", name: "gaussian" },
      });
      expect(denoised.name).toBe("cells.denoised.zarr.zip");
      expect(denoised.chosen).toMatch(/^Channel 1: Gaussian blur.*; Channel 2: Gaussian blur/);
      const unpacked = join(folder, "unpacked");
      for (const [name, bytes] of Object.entries(unzipSync(Buffer.from(denoised.bytes, "base64")))) {
        await mkdir(dirname(join(unpacked, name)), { recursive: true });
        await writeFile(join(unpacked, name), bytes);
      }
      const there = await readStack(join(unpacked, "cells.denoised.zarr"));
      const shown = await call<{ data: number[] }>("plane", denoised.image.id, { C: 1 });
      expect(shown.data).toEqual([...there.pages[1]!.data]);
      // It is opened again, as it came and packed by another program.
      const bytes = Buffer.from(denoised.bytes, "base64");
      await writeFile(join(folder, denoised.name), bytes);
      await writeFile(join(folder, "packed.zip"), zipSync(unzipSync(bytes)));
      await writeFile(join(folder, "neither.zip"), zipSync({ "notes.txt": new Uint8Array(9) }));
      await writeFile(join(folder, "cut.zip"), bytes.subarray(0, 5000));
      const names = [denoised.name, "packed.zip", "neither.zip", "cut.zip"];
      const again = await call<Opened>("opened", await given(...names));
      expect(again.images).toMatchObject([
        { name: "cells.denoised.zarr", axes: ["C", "Y", "X"], shape: [2, 96, 96] },
        { name: "cells.denoised.zarr" },
      ]);
      for (const { id } of again.images) {
        const plane = await call<{ data: number[] }>("plane", id, { C: 1 });
        expect(plane.data).toEqual(shown.data);
      }
      expect(again.failures).toMatchObject([
        { name: "neither.zip", sentence: expect.stringMatching(/zarr\.json.*rdf\.yaml/) },
        { name: "cut.zip", sentence: expect.stringMatching(/^cut\.zip: cannot be unpacked: /) },
      ]);
    });

    it("ends a denoising that is stopped, and leaves nothing of it", async () => {
      const { images } = await call<Opened>("opened", await given("stack.tif"));
      const request = { job: "stopped", image: images[0]!.id, by: { kind: "method", name: "nlm" } };
      const failed = await call("denoiseAndStop", request);
      expect(failed).toEqual({ failed: { sentence: "Stopped.", stopped: true, internal: false } });
      await call("engine.close", images[0]!.id);
      expect(await call("unfinished")).toEqual([]);
    });

    it("says what keeps a training from being begun", async () => {
      const { images } = await call<Opened>("opened", await given("small.tif"));
      const request = { job: "t", run: "refused", method: "noise2void", noisy: [images[0]!.id], values: {} };
      const refusal = async (changes: object = {}) =>
        (await call<{ failed: { sentence: string } }>("train", { ...request, ...changes })).failed.sentence;
      expect(await refusal({ run: " " })).toBe("the training has no name, give it one");
      expect(await refusal({ values: { updates: -3 } })).toMatch(/updates is -3; allowed: /);
      expect(await call("engine.check", { method: "noise2void", values: { updates: -3 } })).toMatchObject([
        { sentence: expect.stringMatching(/updates is -3; allowed: /) },
      ]);
      expect(await call("engine.check", { method: "noise2void", values: { updates: 3 } })).toEqual([]);
      // Once it is held.
      await page.evaluate(
        `new Promise((held) => void navigator.locks.request("clidim-run-refused", () => (held(0), new Promise(() => {}))))`,
      );
      expect(await refusal()).toBe("refused is being trained in another tab; stop it there first");
      expect(await call("engine.runs")).toEqual([]);
    });

    it(
      "trains, goes on in a page of its own after it was stopped, and makes what Node reads",
      async () => {
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const request = {
          ...{ method: "noise2void", noisy: [images[0]!.id], seed: 2 },
          values: { crop: 16, batch: 2, filters: 2, depth: 1, updates: 200 },
        };
        const whole = await call<Trained>("train", { ...request, job: "whole", run: "whole" });
        expect(whole).toMatchObject({
          completed: true,
          run: { update: 200, updates: 200, state: "finished", images: ["small.tif"] },
        });
        const logged = whole.run.history.map(({ update }) => update);
        expect(logged).toEqual([...new Set(logged)].toSorted((a, b) => a - b));
        expect(logged.at(-1)).toBe(200);
        expect(whole.progress.at(-1)).toMatchObject({ update: 200, shown: ["loss"] });
        expect(whole.previews).toBeGreaterThan(0);
        const half = await call<Trained>("train", { ...request, job: "half", run: "half #1" }, stopSoon);
        expect(half).toMatchObject({ completed: false, run: { state: "paused" } });
        expect(half.run.update).toBeLessThan(200);
        await page.reload();
        const runs = await call<StoredRun[]>("engine.runs");
        expect(runs.map(({ run, state }) => [run, state])).toEqual([
          ["half #1", "paused"],
          ["whole", "finished"],
        ]);
        const resumed = await call<Trained>("resume", { job: "again", run: "half #1" });
        expect(resumed).toMatchObject({ completed: true, run: { update: 200, state: "finished" } });
        const tensors = async (run: string) => {
          const model = await call<{ name: string; bytes: string }>("exported", { run }, "safetensors");
          return { ...model, file: Buffer.from(model.bytes, "base64") };
        };
        const [a, b] = [await tensors("whole"), await tensors("half #1")];
        expect(b.name).toBe("half #1.safetensors");
        expect(readSafetensors(b.file).tensors).toEqual(readSafetensors(a.file).tensors);
        const model = join(folder, "model.safetensors");
        await writeFile(model, a.file);
        const out = join(folder, "by-model");
        await denoiseFiles({ methods, model, files: [join(folder, "small.tif")], out });
        const here = (await readStack(join(out, "small.tif"))).pages[0]!.data;
        const again = await call<Opened>("opened", await given("small.tif"));
        const denoised = await call<Denoised>("denoise", {
          job: "model",
          image: again.images[0]!.id,
          by: { kind: "model", run: "half #1" },
        });
        const there = await call<{ data: number[] }>("plane", denoised.image.id, {});
        const range = Math.max(...here) - Math.min(...here);
        const differences = there.data.map((value, i) => Math.abs(value - here[i]!));
        expect(Math.max(...differences)).toBeLessThanOrEqual(Math.max(1, range / 1000));
      },
      PATIENCE,
    );

    it(
      "denoises the channel that a model was trained on, and copies the others",
      async () => {
        const [two] = simulateScenes({ seed: 9, size: 160, scenes: 1, frames: 2 });
        const layout = {
          axes: ["C", "Y", "X"],
          shape: [2, 160, 160],
          metadata: { channels: ["DAPI", "GFP"] },
        };
        await writeImageFile(join(folder, "two.ome.tif"), two!.noisy, layout as never); // as it is below
        const { images } = await call<Opened>("opened", await given("two.ome.tif"));
        expect(images).toMatchObject([{ axes: ["C", "Y", "X"], channels: ["DAPI", "GFP"] }]);
        const image = images[0]!.id;
        const trained = await call<Trained>("train", {
          ...{ job: "one", run: "one of two", method: "noise2void", noisy: [image], seed: 2, values: quick },
          channel: "name:GFP",
        });
        expect(trained).toMatchObject({ completed: true });
        const region = { x: 40, y: 40, width: 32, height: 32 };
        const request = { job: "two", image, by: { kind: "model", run: "one of two" } };
        const denoised = await call<Denoised>("denoise", {
          ...{ ...request, visible: { place: { C: 0 }, region } },
        });
        expect(denoised.preview).toBeUndefined(); // it looks as it did
        expect(denoised).toMatchObject({
          command:
            "npx clidim denoise --model 'one of two.safetensors' --channel name:GFP --report --out denoised two.ome.tif",
          notes: expect.arrayContaining([expect.stringMatching(/^Only GFP was denoised/)]),
        });
        for (const [C, page] of two!.noisy.entries()) {
          const { data } = await call<{ data: number[] }>("plane", denoised.image.id, { C });
          expect(data.every((value, i) => value === page.data[i])).toBe(C === 0);
        }
      },
      PATIENCE,
    );

    it(
      "keeps a training that is stopped before its first update",
      async () => {
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const request = { method: "noise2void", noisy: [images[0]!.id], seed: 2, values: quick };
        const paused = {
          completed: false,
          run: { run: "early stop", state: "paused", goesOn: true, update: 0 },
        };
        const asked = { ...request, job: "prepared", run: "early stop" };
        expect(await call<Trained>("train", asked, { after: 0, what: "stop" })).toMatchObject(paused);
        const runs = await call<StoredRun[]>("engine.runs");
        expect(runs.find(({ run }) => run === "early stop")).toMatchObject(paused.run);
        const resumed = await call<Trained>("resume", { job: "again", run: "early stop" });
        expect(resumed).toMatchObject({ completed: true, run: { update: 12, state: "finished" } });
      },
      PATIENCE,
    );

    it(
      "completes a training early, and takes models away as Node does",
      async () => {
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const values = { ...quick, updates: 300 };
        const request = { method: "noise2void", noisy: [images[0]!.id], seed: 2, values };
        const early = await call<Trained>("train", { ...request, job: "early", run: "early" }, finishSoon);
        expect(early).toMatchObject({
          completed: true,
          run: { state: "finished", goesOn: true, updates: 300, history: expect.anything() },
        });
        expect(early.run.update).toBeLessThan(300);
        expect(early.run.history.at(-1)!.update).toBe(early.run.update);

        const exported = async (...asked: readonly unknown[]) => {
          const { name, bytes } = await call<{ name: string; bytes: string }>("exported", ...asked);
          return { name, bytes: new Uint8Array(Buffer.from(bytes, "base64")) };
        };
        const about = { name: "As Node does", author: "A. Person", license: "MIT" };
        const producer = JSON.parse(
          await readFile(new URL("../../packages/denoise/package.json", import.meta.url), "utf8"),
        ).version as string; // A package of the workspace has one
        /** That files of a model are those that Node makes of it. */
        const sameAsNode = async (model: ModelChoice, file: string, size?: readonly [number, number]) => {
          const loaded = await loadModel(file, methods);
          const options = { producer, ...(size && { size }) };
          const onnx = await exported(model, "onnx", { size });
          expect(Buffer.from(onnx.bytes).equals((await exportDenoiser(loaded, options)).bytes)).toBe(true);
          const { author, ...named } = about;
          const there = unzipSync((await exported(model, "bmz", { about, size })).bytes);
          const here = unzipSync(
            (await exportBioimageModel(loaded, { ...options, ...named, authors: [author] })).bytes,
          );
          // The description has the time.
          const { "rdf.yaml": _there, ...theirs } = there;
          const { "rdf.yaml": _here, ...ours } = here;
          expect(theirs).toEqual(ours);
        };
        setDefaultDevice(new WasmExecutor());
        const run = { run: "early" };
        expect(await call("engine.modelFiles", run)).toEqual([
          { kind: "safetensors" },
          { kind: "onnx" },
          { kind: "bmz" },
        ]);
        await writeFile(join(folder, "early.safetensors"), (await exported(run, "safetensors")).bytes);
        await sameAsNode(run, join(folder, "early.safetensors"));

        // It draws random numbers, so many as its images have pixels.
        const vae = await modelOf(methods.trainedNamed("vae"));
        const { variables, fluxCalibration: _, ...described } = vae;
        const bytes = exportModel(variables, { ...described, provenance: {} });
        await writeFile(join(folder, "vae.safetensors"), await bytes);
        const summary = await call<ModelSummary>("openModel", (await given("vae.safetensors"))[0]);
        const { multiple } = vae.method.geometry(vae.configuration);
        const model = { model: summary.model };
        expect(await call("engine.modelFiles", model)).toEqual([
          { kind: "safetensors" },
          { kind: "onnx", multiple },
          { kind: "bmz", multiple },
        ]);
        await sameAsNode(model, join(folder, "vae.safetensors"), [2 * multiple, multiple]);
      },
      PATIENCE,
    );

    it(
      "says that the storage is full, keeps what there is of a training, and goes on when there is room",
      async () => {
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const request = { method: "noise2void", noisy: [images[0]!.id], seed: 2, values: quick };
        await page.evaluate(`trouble("full"), 0`);
        const refused = await call("train", { ...request, job: "full", run: "full" });
        expect(refused).toEqual({
          failed: { sentence: expect.stringMatching(/no space left/), stopped: false, internal: false },
        });
        await page.evaluate(`trouble("room"), 0`);
        const paused = await call<Trained>("train", { ...request, job: "full", run: "full" }, stopSoon);
        expect(paused).toMatchObject({ completed: false, run: { state: "paused" } });
        await page.evaluate(`trouble("full"), 0`);
        expect(await call("resume", { job: "again", run: "full" })).toMatchObject({
          failed: { sentence: expect.stringMatching(/no space left/), internal: false },
        });
        await page.evaluate(`trouble("room"), 0`);
        const resumed = await call<Trained>("resume", { job: "again", run: "full" });
        expect(resumed).toMatchObject({ completed: true, run: { update: 12, state: "finished" } });
      },
      PATIENCE,
    );

    it(
      "says that the browser has ended the worker, and goes on with its run after a reload",
      async () => {
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const request = { method: "noise2void", noisy: [images[0]!.id], seed: 2, values: quick };
        const end = { after: 2, what: "end" } satisfies Disturbance;
        const shown = await call<Denoised>("denoise", {
          ...{ job: "shown", image: images[0]!.id, by: { kind: "method", name: "gaussian" } },
        });
        const ended = {
          failed: {
            sentence: expect.stringMatching(
              /ended the page's worker.* save the results .* reload the page\./,
            ),
            stopped: false,
            internal: false,
          },
        };
        expect(await call("train", { ...request, job: "ended", run: "ended" }, end)).toEqual(ended);
        // Whatever is asked later, too.
        expect(await call("engine.runs")).toEqual(ended);
        // What the page shows can still be saved, whoever comes.
        const another = await page.context().newPage();
        try {
          await another.goto(addressOf(server));
          const files = JSON.stringify(await given("small.tif"));
          const by = `{ kind: "method", name: "gaussian" }`;
          await another.evaluate(
            `opened(${files}).then(({ images }) => denoise({ job: "second", image: images[0].id, by: ${by} }))`,
          );
          expect((await call("latestResult")) === shown.bytes).toBe(true);
        } finally {
          await another.close();
        }
        await page.reload();
        const [run] = await call<StoredRun[]>("engine.runs");
        expect(run).toMatchObject({ run: "ended", state: "paused", goesOn: true });
        const resumed = await call<Trained>("resume", { job: "again", run: "ended" });
        expect(resumed).toMatchObject({ completed: true, run: { update: 12, state: "finished" } });
      },
      PATIENCE,
    );

    // It compiles all kernels twice.
    it.runIf(process.env.CLIDIM_APP === "all")(
      "goes on from the last checkpoint on another device, where the browser takes the GPU away",
      async () => {
        await page.goto(`${addressOf(server)}?compute=webgpu`);
        await call("engine.machine");
        const { images } = await call<Opened>("opened", await given("small.tif"));
        const request = { method: "noise2void", noisy: [images[0]!.id], seed: 2, values: quick };
        const trained = await call<Trained>("train", { ...request, job: "lost", run: "lost" }, {
          after: 2,
          what: "lose the device",
        } satisfies Disturbance);
        expect(trained.warnings).toContain(
          "The browser took the GPU away; going on from the last checkpoint.",
        );
        expect(trained).toMatchObject({ completed: true, run: { update: 12, state: "finished" } });
        const stack = await call<Opened>("opened", await given("stack.tif"));
        const asked = {
          job: "by the model",
          image: stack.images[0]!.id,
          by: { kind: "model", run: "lost" },
          visible: { place: {}, region: { x: 0, y: 0, width: 48, height: 48 } },
        };
        const denoised = await call<Denoised>("denoise", asked, "lose the device" satisfies Trouble);
        expect(denoised.warnings).toContain("The browser took the GPU away; beginning anew.");
        expect(denoised.image.shape).toEqual([4, 160, 160]);
      },
      PATIENCE,
    );

    it("opens an OME-Zarr of another site that allows it, and says so of one that does not", async () => {
      const zarr = join(folder, "remote.zarr");
      await writeImageFile(zarr, scene!.noisy, { axes: ["C", "Y", "X"], shape: [2, 96, 96] });
      const files = sirv(folder, { dev: true, dotfiles: true });
      let open = true;
      const site = createServer((request, response) => {
        if (open) response.setHeader("access-control-allow-origin", "*");
        files(request, response, () => {
          response.statusCode = 404;
          response.end();
        });
      });
      await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", () => resolve()));
      // What a store lacks is asked for as well, and is an error in the page's console.
      const apart = await browser.newPage();
      try {
        await apart.goto(addressOf(server));
        const asked = <T>(run: string, ...args: readonly unknown[]): Promise<T> =>
          apart.evaluate<T>(`tried(${run}(${args.map((arg) => JSON.stringify(arg)).join()}))`);
        const image = await asked<OpenedImage>("engine.openUrl", `${addressOf(site)}remote.zarr`);
        expect(image).toMatchObject({ name: "remote.zarr", axes: ["C", "Y", "X"], shape: [2, 96, 96] });
        const second = await asked<{ data: number[] }>("plane", image.id, { C: 1 });
        expect(second.data).toEqual([...scene!.noisy[1]!.data]);
        open = false;
        expect(await asked("engine.openUrl", `${addressOf(site)}remote.zarr`)).toMatchObject({
          failed: { sentence: expect.stringMatching(/127\.0\.0\.1.*\(CORS\)/), internal: false },
        });
      } finally {
        await apart.close();
        site.closeAllConnections();
        site.close();
      }
    });
  });
}
