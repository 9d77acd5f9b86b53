import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

test("bundled for browsers, images are written and read without anything of Node", async () => {
  const bundled = await build({
    root: fileURLToPath(new URL(".", import.meta.url)),
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      lib: { entry: "script.ts", formats: ["iife"], name: "page", fileName: "page" },
    },
  });
  // One format, not watched, gives one bundle.
  const [{ output }] = bundled as [Rolldown.RolldownOutput];
  const { code } = output[0];
  expect(code).not.toMatch(/require\(|from "node:|process\.versions/);
  // What browsers have, and nothing else: no Buffer, no process.
  const {
    Blob,
    Response,
    TextDecoder,
    TextEncoder,
    CompressionStream,
    DecompressionStream,
    AbortController,
  } = globalThis;
  const page = createContext({
    ...{ Blob, Response, TextDecoder, TextEncoder, CompressionStream, DecompressionStream, AbortController },
    ...{ ArrayBuffer, DataView, Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array, URL },
  });
  runInContext(code, page);
  const seen: string = await runInContext("page.script()", page);
  const image = ["TIFF", ["Z", "Y", "X"], { Z: { step: 0.5, unit: "um" } }, [486, 488, 606, 608]];
  const zarr = ["OME-Zarr", ...image.slice(1)];
  expect(JSON.parse(seen)).toEqual([expect.arrayContaining(["TIFF", "PNG", "OME-Zarr"]), image, image, zarr]);
});
