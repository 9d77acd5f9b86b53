import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { importModel, resolveConfiguration } from "@clidim/denoise";
import {
  blobBytes,
  blobSink,
  createImage,
  type Image,
  lazyStack,
  openImage,
  simulateScenes,
} from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { Device, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { small } from "../../packages/methods/test/small.js";
import { buildPackages, bundle, modulesOf, type Output, traces } from "./bundle.js";
import { addressOf, evaluateIn, executablePath, openBrowser, serve, skipAloud } from "./chromium.js";
import { denoiseFile } from "./denoising/denoiseFile.js";
import type { Computing, Trained } from "./denoising/denoising.js";
import { trainFew } from "./denoising/trainFew.js";

/**
 * The first method of each kind of training images, and the first of each that draws samples: what reaches a browser otherwise than the others. `CLIDIM_BROWSER_METHODS=all` takes all
 * methods by both, each for some ten seconds.
 */
const chosen =
  process.env.CLIDIM_BROWSER_METHODS === "all"
    ? methods.trained
    : methods.trained.filter(({ target, posteriorSample }, i) =>
        methods.trained
          .slice(0, i)
          .every((other) => other.target !== target || !other.posteriorSample !== !posteriorSample),
      );

/** By WebAssembly: kernels take a browser minutes to compile for a processor. The path through the app trains and denoises by the browser's WebGPU (test/app/path.test.ts). */
const runs = chosen.flatMap(({ name }): { readonly name: string; readonly by: Computing }[] => [
  ...(process.env.CLIDIM_BROWSER_METHODS === "all" ? [{ name, by: "WebGPU" } as const] : []),
  { name, by: "WebAssembly" },
]);

let output: Output;
beforeAll(async () => {
  await buildPackages();
  output = await bundle("denoising");
});

describe("a bundle that denoises and trains", () => {
  it("is made of the built packages, without what reads YAML and files", () => {
    const modules = modulesOf(output);
    for (const name of ["tensor", "autograd", "nn", "imaging", "denoise", "clidim", "methods"]) {
      expect(
        modules.some((id) => id.includes(`/packages/${name}/dist/`)),
        name,
      ).toBe(true);
    }
    expect(modules.filter((id) => /\/packages\/\w+\/src\//.test(id))).toEqual([]);
    expect(modules.filter((id) => /\/node_modules\/yaml\/|\/dist\/(node|yaml)\.js$/.test(id))).toEqual([]);
  });

  it("has nothing of Node in it", () => {
    expect(traces(output)).toEqual([]);
    // Bundlers put empty modules where Node's are missing; here is nothing that they could stand in for.
    const builtins = new RegExp(`(from|import) *["'](node:)?(${builtinModules.join("|")})["']`);
    const own = modulesOf(output).filter((id) => id.includes("/packages/"));
    expect(own.length).toBeGreaterThanOrEqual(7);
    expect(own.filter((id) => builtins.test(readFileSync(id, "utf8")))).toEqual([]);
    const files = fileURLToPath(new URL("../../packages/denoise/dist/node.js", import.meta.url));
    expect(readFileSync(files, "utf8")).toMatch(builtins);
  });
});

/** Pages as a TIFF. */
async function tiffOf(pages: readonly Image[]): Promise<Uint8Array<ArrayBuffer>> {
  const [{ width, height, dtype }] = pages as readonly [Image];
  const sink = blobSink();
  const shape = [pages.length, height, width];
  const writer = await createImage("cells.tif", sink, { axes: ["Z", "Y", "X"], shape, dtype, metadata: {} });
  for (const page of pages) await writer.writePage(page);
  await writer.close();
  return new Uint8Array(await sink.blob().arrayBuffer());
}

const opened = (bytes: Uint8Array<ArrayBuffer>) =>
  openImage("cells.tif", blobBytes(new Blob([bytes]), "cells.tif"));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

if (executablePath === undefined) {
  skipAloud();
} else {
  describe.each(runs)("$name by $by in headless Chromium", ({ name, by }) => {
    const method = methods.trainedNamed(name);
    const values =
      small[name] ?? method.cropFor(resolveConfiguration(method, method.space.presets[0]!), 32) ?? {};
    let server: Server;
    let browser: Browser;
    let here: Awaited<ReturnType<typeof trainFew>>;
    beforeAll(async () => {
      server = await serve(output);
      browser = await openBrowser();
      const computer = by === "WebGPU" ? await Device.open() : new WasmExecutor();
      setDefaultDevice(computer);
      here = await trainFew(method, values, computer);
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });
    const call = <T>(run: string, ...args: readonly unknown[]): Promise<T> =>
      evaluateIn(
        browser,
        addressOf(server),
        `${run}(${args.map((arg) => JSON.stringify(arg)).join()})`,
        server,
      );

    it("trains five updates as it does in Node, and makes a model file that Node reads", async () => {
      const there = await call<Trained>("train", by, name, values);
      expect(there.count).toBe(5);
      expect(Object.keys(there.losses)).toEqual([...method.metrics]);
      for (const [loss, value] of Object.entries(here.losses)) {
        expect(Number.isFinite(value), loss).toBe(true);
        expect(Math.abs(there.losses[loss]! - value) / (1 + Math.abs(value)), loss).toBeLessThan(1e-3);
      }
      const model = importModel(Buffer.from(there.model, "base64"), methods);
      expect(model).toMatchObject({ method: { name }, provenance: { updates: 5 } });
    });

    it("denoises the pages of a file with a model file as Node does", async () => {
      const { model } = here;
      const [scene] = simulateScenes({ seed: 7, size: 40, scenes: 1, frames: 2 });
      const image = await tiffOf(scene!.noisy);
      const denoised = await denoiseFile(methods, { name: "cells.tif", image, model });
      const text = await call<string>("denoise", by, "cells.tif", base64(image), base64(model));
      const results = [
        await opened(new Uint8Array(denoised)),
        await opened(new Uint8Array(Buffer.from(text, "base64"))),
      ];
      const [input, expected, actual] = [await opened(image), ...results].map((source) => lazyStack(source));
      expect(actual).toMatchObject({ width: 40, height: 40, pageCount: 2, dtype: input!.dtype });
      for (const page of [0, 1]) {
        const [a, b, noisy] = await Promise.all(
          [actual, expected, input].map(async (stack) => (await stack!.readPage(page)).data),
        );
        const step = Math.max(...noisy!) / 1000;
        const differences = Array.from(a!, (value, i) => Math.abs(value - b![i]!));
        expect(Math.max(...differences)).toBeLessThanOrEqual(step);
        expect(a).not.toEqual(noisy);
      }
    });
  });
}
