import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SmokeOptions, SmokeReport } from "./page/smoke.js";

const script = (name: string): string => new URL(`../../scripts/${name}`, import.meta.url).href;
// The scripts are JavaScript without types.
const { buildPackages } = (await import(script("build-packages.mjs"))) as {
  buildPackages: () => Promise<void>;
};
const { findBrowser, installationHint } = (await import(script("ensure-browser.mjs"))) as {
  findBrowser: () => string | undefined;
  installationHint: string;
};

type Output = Rolldown.RolldownOutput["output"];

/** The page with what it imports from the built packages, resolved by `conditions`, or as Vite does for browsers. */
async function bundle(conditions?: readonly string[]): Promise<Output> {
  const result = await build({
    root: fileURLToPath(new URL("page", import.meta.url)),
    configFile: false,
    logLevel: "error",
    build: { write: false },
    resolve: conditions ? { conditions: [...conditions] } : {},
  });
  // One configuration that does not watch gives one bundle.
  return (result as Rolldown.RolldownOutput).output;
}

/** What a bundle has of Node: modules for it, its builtins (Vite puts an empty module in their place), Dawn's binding, imports left open. */
function traces(output: Output): string[] {
  const names = new Set(output.map(({ fileName }) => fileName));
  return output.flatMap((file) => {
    if (file.type === "asset") return [];
    const modules = file.moduleIds.filter((id) => /browser-external|gpu\.node|\/webgpu\//.test(id));
    const open = [...file.imports, ...file.dynamicImports].filter((name) => !names.has(name));
    const text = file.code.match(/["'`]node:\w+["'`]|dawn\.node|process\.versions/g) ?? [];
    return [...modules, ...open, ...text];
  });
}

let output: Output;
beforeAll(async () => {
  await buildPackages();
  output = await bundle();
});

describe("the bundle for browsers", () => {
  it("is made of the built packages", () => {
    const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    for (const path of ["tensor/dist/gpu.browser.js", "autograd/dist/index.js", "nn/dist/index.js"]) {
      expect(modules.filter((id) => id.endsWith(path))).toHaveLength(1);
    }
    expect(modules.filter((id) => /\/packages\/\w+\/src\//.test(id))).toEqual([]);
  });

  it("has nothing of Node in it", async () => {
    expect(traces(output)).toEqual([]);
    // What a bundle for Node has is found.
    const found = traces(await bundle(["node"])).join("\n");
    for (const trace of ["gpu.node.js", "webgpu", "node:path", "dawn.node"]) expect(found).toContain(trace);
  });
});

const executablePath = findBrowser();

/** Serves the bundle on localhost, where pages may use WebGPU. */
function serve(): Promise<Server> {
  const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "index.html" : request.url!.slice(1);
    const file = output.find(({ fileName }) => fileName === path);
    response.statusCode = file ? 200 : 404;
    response.setHeader("content-type", types[path.split(".").at(-1)!] ?? "text/plain");
    response.end(file && (file.type === "chunk" ? file.code : file.source));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

if (executablePath === undefined) {
  it("runs in headless Chromium", (context) => {
    if (process.env.CI === "true") throw new Error(installationHint);
    console.warn(`SKIPPED: ${installationHint}`);
    context.skip(installationHint);
  });
} else {
  describe("headless Chromium", () => {
    let server: Server;
    let browser: Browser;
    beforeAll(async () => {
      server = await serve();
      browser = await chromium.launch({
        executablePath,
        args: [
          // WebGPU on the CPU, which Chromium offers on request alone.
          "--enable-unsafe-webgpu",
          "--use-webgpu-adapter=swiftshader",
          // Containers have neither a sandbox nor, often, a network.
          "--no-sandbox",
          "--disable-quic",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

    /** Runs the suite in a page of its own, after `setup`. */
    async function smoke(options: SmokeOptions, url = address(), setup = ""): Promise<SmokeReport> {
      const page = await browser.newPage();
      try {
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(error.message));
        // Whatever the host is called, it is the server above.
        await page.route(new URL("**", url).href, async (route) => {
          const { pathname } = new URL(route.request().url());
          await route.fulfill({ response: await route.fetch({ url: new URL(pathname, address()).href }) });
        });
        await page.goto(url);
        const report = await page.evaluate<SmokeReport>(`${setup}; smoke(${JSON.stringify(options)})`);
        expect(errors).toEqual([]);
        return report;
      } finally {
        await page.close();
      }
    }

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
        expect(report.checks).toHaveLength(14);
        for (const { name, actual, expected } of report.checks) {
          expect(actual.length, name).toBe(expected.length);
          const errors = expected.map((value, i) => Math.abs(actual[i]! - value) / (1 + Math.abs(value)));
          expect(Math.max(...errors), name).toBeLessThan(3e-5);
        }
        expect(report.counted).toBe(10);
        expect(report.donated).toMatch(/^Tensor\(f32 \[3\]\) was donated to compile/);
        expect(report.losses).toHaveLength(50);
        expect(report.losses.at(-1)).toBeLessThan(0.3 * report.losses[0]!);
        expect(report.accuracy).toBeGreaterThan(0.9);
        expect(report.made).toEqual([0, 0, 0]);
      },
    );
  });
}
