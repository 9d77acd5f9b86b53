import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectedPixels,
  type MatrixFile,
  readAs,
  shippedMatrix,
} from "../../packages/imaging/test/formats/tiff/decodingMatrix.js";
import { buildPackages, bundle } from "./bundle.js";
import { addressOf, evaluateIn, executablePath, openBrowser, serve, skipAloud } from "./chromium.js";
import { hashOf } from "./tiff/hashOf.js";

function expected(file: MatrixFile): string {
  const pages = Array.from({ length: file.pages }, (_, page) => expectedPixels(file, page));
  const bytes = pages.flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
  return `${readAs(file.dtype)} ${hashOf(Uint8Array.from(bytes))}`;
}

if (executablePath === undefined) {
  skipAloud();
} else {
  let server: Server;
  let browser: Browser;
  beforeAll(async () => {
    await buildPackages();
    server = await serve(await bundle("tiff"));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it("reads every way of storing pixels in headless Chromium", async () => {
    const matrix = shippedMatrix();
    const files = matrix.map(([{ file }, bytes]) => [file, Buffer.from(bytes).toString("base64")]);
    const call = `readAll(${JSON.stringify(files)})`;
    const read = await evaluateIn<string[]>(browser, addressOf(server), call, server);
    const named = (results: readonly string[]) => matrix.map(([{ file }], i) => `${file}: ${results[i]}`);
    expect(named(read)).toEqual(named(matrix.map(([file]) => expected(file))));
  });
}
