import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { expect, it } from "vitest";
import type { Output } from "./bundle.js";

// The script is JavaScript without types.
const { findBrowser, installationHint } = (await import(
  new URL("../../scripts/ensure-browser.mjs", import.meta.url).href
)) as {
  findBrowser: () => string | undefined;
  installationHint: string;
};

/** The browser that there is; undefined where there is none. */
export const executablePath: string | undefined = findBrowser();

/** In place of the suites that need a browser, where there is none. */
export function skipAloud(): void {
  it("runs in headless Chromium", (context) => {
    if (process.env.CI === "true") throw new Error(installationHint);
    console.warn(`SKIPPED: ${installationHint}`);
    context.skip(installationHint);
  });
}

/** A browser with WebGPU on the CPU, or with what other `graphics` say. */
export const openBrowser = (
  graphics: readonly string[] = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
): Promise<Browser> =>
  chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      // On the CPU Chromium offers graphics on request alone.
      ...graphics,
      // Containers have neither a sandbox nor, often, a network.
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** Serves a bundle on localhost, where pages may use WebGPU, with headers. */
export function serve(output: Output, headers: Readonly<Record<string, string>> = {}): Promise<Server> {
  const types: Readonly<Record<string, string>> = {
    html: "text/html",
    js: "text/javascript",
    css: "text/css",
    svg: "image/svg+xml",
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname.slice(1) || "index.html";
    const file = output.find(({ fileName }) => fileName === path);
    response.statusCode = file ? 200 : 404;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader("content-type", types[path.split(".").at(-1)!] ?? "text/plain");
    response.end(file && (file.type === "chunk" ? file.code : file.source));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Where a server is reached. */
export const addressOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/** Opens a page of its own, evaluates an expression in it, and expects no error that nobody catches. */
export async function evaluateIn<T>(
  browser: Browser,
  url: string,
  expression: string,
  server: Server,
): Promise<T> {
  const page = await browser.newPage();
  try {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    // Whatever the host is called, it is the server.
    await page.route(new URL("**", url).href, async (route) => {
      const { pathname } = new URL(route.request().url());
      await route.fulfill({
        response: await route.fetch({ url: new URL(pathname, addressOf(server)).href }),
      });
    });
    await page.goto(url);
    const result = await page.evaluate<T>(expression);
    expect(errors).toEqual([]);
    return result;
  } finally {
    await page.close();
  }
}
