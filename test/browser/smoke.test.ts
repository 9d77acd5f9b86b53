import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackages, bundle, modulesOf, type Output, traces } from "./bundle.js";
import { addressOf, evaluateIn, executablePath, openBrowser, serve, skipAloud } from "./chromium.js";
import { expectSound } from "./expectSound.js";
import type { SmokeOptions, SmokeReport } from "./page/smoke.js";

let output: Output;
beforeAll(async () => {
  await buildPackages();
  output = await bundle("page");
});

describe("the bundle for browsers", () => {
  it("is made of the built packages", () => {
    const modules = modulesOf(output);
    for (const path of ["tensor/dist/gpu.browser.js", "autograd/dist/index.js", "nn/dist/index.js"]) {
      expect(modules.filter((id) => id.endsWith(path))).toHaveLength(1);
    }
    expect(modules.filter((id) => /\/packages\/\w+\/src\//.test(id))).toEqual([]);
    // Checks of configurations and their files come with the protocol of denoising alone.
    expect(modules.filter((id) => /\/node_modules\/(zod|yaml)\//.test(id))).toEqual([]);
  });

  it("has nothing of Node in it", async () => {
    expect(traces(output)).toEqual([]);
    // What a bundle for Node has is found.
    const found = traces(await bundle("page", ["node"])).join("\n");
    for (const trace of ["gpu.node.js", "webgpu", "node:path", "dawn.node"]) expect(found).toContain(trace);
  });
});

if (executablePath === undefined) {
  skipAloud();
} else {
  describe("headless Chromium", () => {
    let server: Server;
    let browser: Browser;
    beforeAll(async () => {
      server = await serve(output);
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Runs the suite in a page of its own, after `setup`. */
    const smoke = (options: SmokeOptions, url = addressOf(server), setup = ""): Promise<SmokeReport> =>
      evaluateIn(browser, url, `${setup}; smoke(${JSON.stringify(options)})`, server);

    it("is told what to do where it has no WebGPU", async () => {
      const open = (url?: string, setup?: string): Promise<SmokeReport> =>
        smoke({ immediates: true }, url, setup);
      const hide = (name: string, value: string): string =>
        `Object.defineProperty(${name}, { value: ${value} })`;
      await expect(open("http://clidim.test/")).rejects.toThrow(
        "serve this one over https, or from localhost",
      );
      await expect(open(undefined, hide('navigator, "gpu"', "undefined"))).rejects.toThrow(
        "Device.open: this browser has no WebGPU; use a current Chrome",
      );
      await expect(
        open(undefined, hide('navigator.gpu, "requestAdapter"', "async () => null")),
      ).rejects.toThrow("Device.open: this browser offers no WebGPU adapter; enable hardware acceleration");
    });

    it.each<SmokeOptions>([
      { kernels: "software", immediates: true },
      { kernels: "gpu", immediates: false },
    ])(
      "computes, differentiates and trains with $kernels kernels, immediates: $immediates",
      async (options) => {
        const report = await smoke(options);
        expect(report).toMatchObject({ kind: options.kernels, immediates: options.immediates });
        expectSound(report, true);
      },
    );
  });
}
