import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import type { Image } from "@clidim/imaging";
import { counterRandom, InputError } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { train } from "../../src/training/train.js";
import { tiny } from "./tinyData.js";

const folder = temporaryFolder();
const signal = (i: number): number => 300 + 200 * Math.sin((i % 64) / 9) * Math.cos(i / 64 / 11);
const page = (noise: number, seed: number): Image<"float32"> => {
  const random = counterRandom(seed);
  return {
    width: 64,
    height: 64,
    dtype: "float32",
    data: Float32Array.from({ length: 64 * 64 }, (_, i) => signal(i) + noise * random.normal()),
  };
};

test("pages of different noise train with their levels as labels; those of one level are refused before anything is written", async () => {
  const [mixed, alike, clean] = ["mixed.tif", "alike.tif", "clean.tif"].map((name) => join(folder, name));
  await writeImageFile(mixed!, [page(10, 1), page(40, 2), page(10, 3)]);
  await writeImageFile(alike!, [page(10, 1), page(10, 2), page(10, 3)]);
  await writeImageFile(clean!, [page(0, 1)]);
  const contrastive = { mode: "supcon", labels: "noise", weight: 1 };
  const options = {
    clean: [clean!],
    overrides: { ...tiny, updates: 2, batch: 4, contrastive },
    validation: 0,
  };

  const refused = join(folder, "refused");
  const run = train({ method: clidim, ...options, noisy: [alike!], out: refused });
  await expect(run).rejects.toThrow(InputError);
  await expect(run).rejects.toThrow(/labels noise: all 3 training pages have about the same noise/);
  expect(existsSync(refused)).toBe(false);

  const out = join(folder, "trained");
  expect((await train({ method: clidim, ...options, noisy: [mixed!], out })).completed).toBe(true);
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  for (const line of lines) expect(JSON.parse(line).losses.contrastive).toBeGreaterThan(0);
});
