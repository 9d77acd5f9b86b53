import { InputError } from "@clidim/imaging";
import type { Device } from "@clidim/tensor";
import { afterEach, expect, test, vi } from "vitest";
import { loadTiles, saveTiles, tileCachePath } from "../../src/machine/tileCache.js";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  homedir: (): string => {
    throw new Error("uv_os_homedir returned ENOENT (no such file or directory)");
  },
}));

afterEach(() => vi.unstubAllEnvs());

const device = { info: { vendor: "maker" }, traits: { kind: "gpu" } } as unknown as Device;

test("a user without a home directory has no tiles, and is told so where they are to be kept", async () => {
  vi.stubEnv("XDG_CACHE_HOME", "");
  expect(tileCachePath(device)).toBeUndefined();
  await expect(loadTiles(device)).resolves.toBeUndefined();
  await expect(saveTiles(device)).rejects.toThrow(InputError);
  await expect(saveTiles(device)).rejects.toThrow(/no home directory; set XDG_CACHE_HOME/);
  vi.stubEnv("XDG_CACHE_HOME", "/cache");
  expect(tileCachePath(device)).toMatch(/cache.clidim.tiles.gpu-maker\.json$/);
});
