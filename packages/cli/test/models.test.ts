import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { psnr, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { zooModels } from "@clidim/zoo";
import { describe, expect, test } from "vitest";
import { run } from "./run.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

describe("models", () => {
  test("are listed with what each is for, what it cannot do, and its figures", async () => {
    const { code, out } = await run("models");
    expect(code).toBe(0);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    const words = out.replaceAll(/\s+/g, " ");
    for (const { name, title, when, cannot, measured } of zooModels) {
      expect(words).toContain(`zoo:${name} ${title}: `);
      expect(words).toContain(`Take it where ${when}. It cannot ${cannot}.`);
      for (const { images, count, model } of measured) {
        expect(words).toContain(`${images} (${count})`);
        expect(words).toContain(`${model.psnr.toFixed(2)} / ${model.ssim.toFixed(3)}`);
      }
    }
  });

  test("have the same as JSON, with the path of the file", async () => {
    const { code, out } = await run("models", "--json");
    expect(code).toBe(0);
    const listed: unknown[] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(listed).toEqual(
      zooModels.map((model) => ({ type: "model", ...model, file: fileURLToPath(model.file) })),
    );
  });
});

test("denoise takes a model by its name", async () => {
  const [scene] = simulateScenes({ seed: 8, size: 64, scenes: 1, frames: 1 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
  const { code, err } = await run(
    "denoise",
    "--model",
    "zoo:fluorescence",
    "--out",
    at("out"),
    at("noisy.tif"),
  );
  expect(code, err).toBe(0);
  const [denoised] = (await readStack(join(at("out"), "noisy.tif"))).pages;
  expect(psnr(denoised!, scene!.clean)).toBeGreaterThan(psnr(scene!.noisy[0]!, scene!.clean) + 4);
});

test("a name that no model has is refused with those that there are; other programs cannot run these", async () => {
  const known = zooModels.map(({ name }) => `zoo:${name}`).join(", ");
  for (const model of ["zoo:nothing", "DAPI=zoo:nothing"]) {
    const { code, err } = await run("denoise", "--model", model, "--out", at("none"), at("noisy.tif"));
    expect(code).toBe(2);
    expect(err).toContain(`model is zoo:nothing; the zoo has ${known}`);
  }
  const { code, err } = await run(
    "export",
    "--model",
    "zoo:fluorescence",
    "--format",
    "onnx",
    "--out",
    at("x.onnx"),
  );
  expect(code).toBe(2);
  expect(err).toMatch(/images in units of their noise/);
});
