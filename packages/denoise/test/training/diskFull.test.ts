import { existsSync, readdirSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test, vi } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { train } from "../../src/training/train.js";
import { type TinyData, tiny, writeTinyData } from "./tinyData.js";

/** How many bytes fit until the disk is full. */
const disk = vi.hoisted(() => ({ free: Number.POSITIVE_INFINITY }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  return {
    ...original,
    open: async (...args: Parameters<typeof original.open>): Promise<FileHandle> => {
      const handle = await original.open(...args);
      const write = handle.write.bind(handle) as (...rest: unknown[]) => Promise<{ bytesWritten: number }>;
      return Object.assign(handle, {
        write: async (bytes: Uint8Array, ...rest: unknown[]) => {
          disk.free -= bytes.length;
          if (disk.free < 0)
            throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
          return write(bytes, ...rest);
        },
      });
    },
  };
});

const folder = temporaryFolder();
const model = join(folder, "model");
let data: TinyData;

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"));
  await train({ method: clidim, ...data, out: model, overrides: { ...tiny, updates: 1 } });
});

test("a disk that is full at the start of training is one sentence and leaves nothing", async () => {
  const out = join(folder, "new");
  disk.free = 1000;
  const run = train({ method: clidim, ...data, out, overrides: tiny });
  await expect(run).rejects.toThrow(/^write .*new.manifest\.json: no space left on the disk$/);
  disk.free = Number.POSITIVE_INFINITY;
  expect(existsSync(out)).toBe(false);
});

test("one that is full later leaves whole files, and the run goes on once there is space", async () => {
  const out = join(folder, "later");
  const run = train(
    { method: clidim, ...data, out, overrides: tiny },
    {
      onProgress: ({ update }) => {
        if (update === 4) disk.free = 1000;
      },
    },
  );
  await expect(run).rejects.toThrow(/no space left on the disk$/);
  disk.free = Number.POSITIVE_INFINITY;
  expect(readdirSync(out).filter((name) => name.endsWith(".part"))).toEqual([]);
  expect((await train({ method: clidim, ...data, out, overrides: tiny, resume: true })).completed).toBe(true);
});

test("denoising leaves no unfinished file", async () => {
  const out = join(folder, "denoised");
  disk.free = 5000;
  const run = denoiseFiles({ methods, model, out, files: data.noisy });
  await expect(run).rejects.toThrow(/^write .*scene00-noisy\.tif: no space left on the disk$/);
  disk.free = Number.POSITIVE_INFINITY;
  expect(readdirSync(out)).toEqual([]);
});
