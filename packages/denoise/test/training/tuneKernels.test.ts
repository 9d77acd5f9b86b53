import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { Device, defaultDevice } from "@clidim/tensor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { openDevice } from "../../src/machine/openDevice.js";
import { loadTiles, saveTiles, tileCachePath } from "../../src/machine/tileCache.js";
import { tuneKernels } from "../../src/training/tuneKernels.js";

const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2, ndf: 2, batch: 2 });

describe("tuneKernels", () => {
  let cache = "";
  beforeEach(async () => {
    // The adapter is found through the real cache directory.
    await openDevice();
    cache = await mkdtemp(join(tmpdir(), "clidim-tiles-"));
    vi.stubEnv("XDG_CACHE_HOME", cache);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true });
  });

  it("keeps what it measured for every product of a step, for this adapter and driver", async () => {
    const seen: number[] = [];
    const { products, file } = await tuneKernels(clidim, configuration, {
      onProduct: (_, index, count) => seen.push(index, count),
    });
    const names = products.map(({ product }) => product);
    expect(new Set(names).size).toBe(names.length);
    for (const kind of ["conv2d", "convTranspose2d"]) {
      expect(names.some((name) => name.startsWith(`${kind} `))).toBe(true);
    }
    expect(seen).toEqual(names.flatMap((_, index) => [index, names.length]));
    expect(file.startsWith(cache)).toBe(true);
    const device = await defaultDevice();
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
      format: "clidim-tiles",
      tiles: device.tiles.entries(),
    });
  });

  it("ends before the next product when its signal aborts, and keeps nothing", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const seen: number[] = [];
    const run = tuneKernels(clidim, configuration, {
      signal: controller.signal,
      onProduct: (_, index) => {
        seen.push(index);
        controller.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    expect(seen).toEqual([0]);
    expect(await readdir(cache)).toEqual([]);
  });

  it.each([
    ["several frames", { frames: 3 }],
    ["labels by noise", { contrastive: { mode: "supcon", labels: "noise" } }],
  ])("has images for each configuration: %s", async (_, overrides) => {
    const controller = new AbortController();
    const reason = new Error("there is a step, and its products are known");
    const small = { ngf: 2, ndf: 2, downs: 2, batch: 2, crop: 32 };
    const given = resolveConfiguration(clidim, "laptop", { ...small, ...overrides });
    const run = tuneKernels(clidim, given, {
      signal: controller.signal,
      onProduct: () => controller.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
  });

  it("brings back what was kept, and takes a broken file or another adapter's for none", async () => {
    const device = await defaultDevice();
    device.tiles.set("matmul 640x640x640 texels", "48x16");
    const file = await saveTiles(device);
    expect(file).toBe(tileCachePath(device));

    const other = await Device.open();
    await loadTiles(other);
    expect(other.tiles.entries()).toEqual(device.tiles.entries());
    const text = await readFile(file, "utf8");
    for (const broken of [text.slice(0, -20), "{}", text.replace('"adapter": "', '"adapter": "not ')]) {
      await writeFile(file, broken);
      const third = await Device.open();
      await loadTiles(third);
      expect(third.tiles.entries()).toEqual({});
      third.destroy();
    }
    other.destroy();
    device.tiles.delete("matmul 640x640x640 texels");
  });
});
