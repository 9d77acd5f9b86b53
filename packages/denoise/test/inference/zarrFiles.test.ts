import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ImageSource, lazyStack, readPages, simulateScenes } from "@clidim/imaging";
import { isLargerThan, openImageFile, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { webServer } from "@clidim/testing/webServer";
import { beforeAll, expect, test } from "vitest";
import { measureNoiseFiles } from "../../src/evaluation/measureNoiseFiles.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { FailedFile } from "../../src/inference/planFiles.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const method = methods.classicalNamed("gaussian");
const zarr = at("cells.ome.zarr");
const basic = `Basic ${Buffer.from("me:wörd").toString("base64")}`;
/** That of the cells is told only to those who have the key, or the password. */
const server = webServer(
  (path) => {
    try {
      return readFileSync(at(path));
    } catch {
      return undefined;
    }
  },
  ({ url, headers }, response) => {
    if (!url?.startsWith("/cells") || url.endsWith("?key=secret") || headers.authorization === basic) {
      return false;
    }
    response.writeHead(403).end();
    return true;
  },
);

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 3, size: 40, scenes: 1, frames: 4 });
  const metadata = { calibration: { Z: { step: 0.5, unit: "um" } }, channels: ["DAPI", "GFP"] };
  const header = { axes: ["C", "Z", "Y", "X"] as const, shape: [2, 2, 40, 40], metadata };
  await writeImageFile(zarr, scene!.noisy, header);
  await writeImageFile(at("same.tif"), scene!.noisy, header);
});

async function pagesOf(path: string): Promise<{ readonly source: ImageSource; readonly pages: number[][] }> {
  const source = await openImageFile(path);
  const pages: number[][] = [];
  for await (const { data } of readPages(lazyStack(source))) pages.push([...data]);
  await source.close();
  return { source, pages };
}

test("the record has the checksum of a Zarr, which its files alone decide", async () => {
  const copy = at("elsewhere", "cells.ome.zarr");
  cpSync(zarr, copy, { recursive: true });
  const sourceOf = async (file: string, out: string): Promise<{ bytes: number; sha256: string }> => {
    await denoiseFiles({ method, files: [file], out: at(out) });
    return JSON.parse(readFileSync(at(out, "denoised.json"), "utf8")).results[0].input;
  };
  const first = await sourceOf(zarr, "hash0");
  expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(first.bytes).toBeGreaterThan(0);
  expect((await sourceOf(copy, "hash1")).sha256).toBe(first.sha256);
  appendFileSync(join(copy, ".zattrs"), "\n");
  const changed = await sourceOf(copy, "hash2");
  expect(changed.sha256).not.toBe(first.sha256);
  expect(changed.bytes).toBe(first.bytes + 1);
  expect(await isLargerThan(copy, changed.bytes)).toBe(false);
  expect(await isLargerThan(copy, first.bytes)).toBe(true);
  expect(await isLargerThan(at("same.tif"), 10)).toBe(true);
});

test("a Zarr is denoised to a Zarr, from a disk and from the web, with the pixels of a TIFF of the same", async () => {
  const url = `${server.address}/cells.ome.zarr?key=secret`;
  const named = `${server.address.replace("//", "//me:wörd@")}/cells.ome.zarr`;
  for (const [input, out] of [
    [zarr, at("out")],
    [`${zarr}/`, at("slash")],
    [url, at("web")],
    [named, at("named")],
  ] as const) {
    const { denoised } = await denoiseFiles({ method, files: [input], out });
    expect(denoised).toMatchObject([{ output: join(out, "cells.ome.zarr"), pages: 4 }]);
    expect(readdirSync(out)).toEqual(["cells.ome.zarr", "denoised.json"]);
    const told = JSON.stringify(denoised) + readFileSync(join(out, "denoised.json"), "utf8");
    expect(told).not.toMatch(/secret|me:|w%C3|wörd/);
  }
  await denoiseFiles({ method, files: [at("same.tif")], out: at("tiff") });
  const expected = await pagesOf(at("tiff", "same.tif"));
  for (const out of ["out", "slash", "web", "named"]) {
    const { source, pages } = await pagesOf(at(out, "cells.ome.zarr"));
    expect(source).toMatchObject({
      format: "OME-Zarr",
      axes: ["C", "Z", "Y", "X"],
      metadata: { channels: ["DAPI", "GFP"], calibration: { Z: { step: 0.5, unit: "um" } } },
    });
    expect(pages).toEqual(expected.pages);
  }
  const pixels = server.seen().filter((path) => /^cells\.ome\.zarr\/0\/\d/.test(path));
  expect(new Set(pixels).size).toBe(4);
});

test("the record of an address has its pages, so that others are told of", async () => {
  const out = at("pages");
  const run = async (pages: string, more: object = {}): Promise<string[]> => {
    const said: string[] = [];
    const files = [`${server.address}/cells.ome.zarr?key=secret#${pages}`];
    await denoiseFiles({ method, files, out, ...more }, { onWarning: (text) => said.push(text) });
    return said;
  };
  await run("0-1");
  const [{ input }] = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8")).results;
  expect(input.name).toBe(`${server.address}/cells.ome.zarr#0-1`);
  expect(await run("0-1", { skipExisting: true })).toEqual([]);
  expect(await run("2-3", { skipExisting: true })).toEqual([
    expect.stringContaining("was made with another source or other planes, and stays"),
  ]);
});

test("a noise model that was measured on an address does not hold its secrets", async () => {
  const [scene] = simulateScenes({ seed: 5, size: 64, scenes: 1, frames: 4 });
  const header = { axes: ["T", "Y", "X"] as const, shape: [4, 64, 64], metadata: {} };
  await writeImageFile(at("cells-still.ome.zarr"), scene!.noisy, header);
  const still = `${server.address}/cells-still.ome.zarr`;
  const { provenance } = await measureNoiseFiles({
    files: [`${still}?key=secret#0-2`],
    static: true,
    dark: [`${still}?key=secret`],
  });
  expect(provenance).toMatchObject({ files: [`${still}#0-2`], dark: [still] });
});

test("results are replaced when asked, and never lie in an input", async () => {
  const out = at("again");
  const run = (more: object) => denoiseFiles({ method, files: [zarr], out, ...more });
  await run({});
  await expect(run({})).rejects.toThrow(/exists already, and is not replaced/);
  await run({ overwrite: true });
  // The image itself says what made it.
  rmSync(join(out, "denoised.json"));
  await run({ overwrite: true });
  expect(readdirSync(out)).toEqual(["cells.ome.zarr", "denoised.json"]);
  await expect(denoiseFiles({ method, files: [zarr], out: folder, overwrite: true })).rejects.toThrow(
    /would overwrite the input/,
  );
  for (const inside of [zarr, join(zarr, "results")]) {
    await expect(denoiseFiles({ method, files: [zarr], out: inside })).rejects.toMatchObject({
      message: `${inside} lies in the input ${zarr}; give another folder`,
      keys: ["out"],
    });
  }
  mkdirSync(at("cells.ome.zarr.results"));
  await denoiseFiles({ method, files: [zarr], out: at("cells.ome.zarr.results") });
});

test("an address that cannot be read is told without its secrets", async () => {
  const failed: string[] = [];
  const files = [zarr, `${server.address}/cells.ome.zarr?key=wrong`];
  const onFailed = ({ input, error }: FailedFile): number => failed.push(input, error.message);
  await denoiseFiles({ method, files, out: at("refused"), keepGoing: true }, { onFailed });
  expect(failed).toHaveLength(2);
  expect(failed[0]).toBe(`${server.address}/cells.ome.zarr`);
  expect(failed[1]).toMatch(/403 Forbidden/);
  expect(failed.join()).not.toContain("wrong");
});

test("what the web does not have is one sentence", async () => {
  const url = `${server.address}/none.ome.zarr`;
  await expect(denoiseFiles({ method, files: [url], out: at("none") })).rejects.toThrow(
    `there is no Zarr at ${url}: it has none of zarr.json, .zgroup and .zattrs; expected an OME-Zarr image`,
  );
  const tiff = `${server.address}/same.tif`;
  await expect(denoiseFiles({ method, files: [tiff], out: at("none") })).rejects.toThrow(
    `there is none of OME-Zarr (.ome.zarr, .zarr) at ${tiff}; download images of other formats first`,
  );
});
