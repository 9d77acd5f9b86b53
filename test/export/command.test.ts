import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../packages/cli/test/run.js";
import { runOnnx } from "./runOnnx.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 64, scenes: 1, frames: 2 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
  await train({
    method: methods.trainedNamed("clidim"),
    noisy: [at("noisy.tif")],
    clean: "average",
    preset: "quick",
    out: at("model"),
    overrides: { updates: 2, batch: 1, crop: 32, ngf: 2, downs: 2 },
    seed: 1,
    validation: 0,
  });
});

describe("clidim export", () => {
  it("writes an ONNX file that makes of an image what clidim denoise makes of it", async () => {
    const out = at("model.onnx");
    const exported = await run("export", "--model", at("model"), "--format", "onnx", "--out", out);
    expect(exported.code, exported.err).toBe(0);
    expect(exported.out).toMatch(
      / -> .*model\.onnx \(CLIDiM, in eight orientations; \d+ KiB; images whose sides are multiples of 4 pixels\)\n$/,
    );
    const denoised = await run("denoise", "--model", at("model"), "--out", at("denoised"), at("noisy.tif"));
    expect(denoised.code, denoised.err).toBe(0);
    const [noisy, expected] = [
      await readStack(at("noisy.tif")),
      await readStack(join(at("denoised"), "noisy.tif")),
    ];
    const pages = noisy.pages.flatMap(({ data }) => [...data]);
    const shape = [noisy.pages.length, 1, 64, 64];
    const result = await runOnnx(readFileSync(out), { noisy: { data: Float32Array.from(pages), shape } });
    // In the files, as in the input, are whole numbers.
    const worst = expected.pages
      .flatMap(({ data }) => [...data])
      .reduce((most, value, i) => Math.max(most, Math.abs(value - result.denoised!.data[i]!)), 0);
    expect(worst).toBeGreaterThan(0.1);
    expect(worst).toBeLessThan(0.501);
  });

  it("keeps a file that is there, and says so", async () => {
    writeFileSync(at("mine.onnx"), "mine");
    const args = ["export", "--model", at("model"), "--format", "onnx", "--out", at("mine.onnx")];
    for (const more of [[], ["--overwrite"]]) {
      const refused = await run(...args, ...more);
      expect(refused.code).toBe(2);
      expect(refused.err).toMatch(
        /mine\.onnx is there already and is no ONNX model; choose another name \(--out\)/,
      );
    }
    expect(readFileSync(at("mine.onnx"), "utf8")).toBe("mine");
    copyFileSync(at("model.onnx"), at("mine.onnx"));
    const refused = await run(...args);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /mine\.onnx is there already; overwrite it, or choose another name \(--out\)/,
    );
    const replaced = await run(...args, "--overwrite", "--no-ensemble", "--size", "16x32", "--json");
    expect(replaced.code, replaced.err).toBe(0);
    const record = JSON.parse(replaced.out) as { bytes: number };
    expect(record).toMatchObject({
      type: "exported",
      format: "onnx",
      method: "clidim",
      takes: [16, 32],
      orientations: 1,
    });
    expect(readFileSync(at("mine.onnx")).length).toBe(record.bytes);
  });

  it("the file says what the model saw in training, so that other images are told of", async () => {
    const { pages } = await readStack(at("noisy.tif"));
    const faint = pages.map((page) => ({
      ...page,
      dtype: "float32" as const,
      data: Float32Array.from(page.data, (value) => value / 1e5),
    }));
    await writeImageFile(at("faint.tif"), faint);
    const denoise = (name: string) =>
      run("denoise", "--model", at("model.onnx"), "--out", at(`of-${name}`), at(`${name}.tif`));
    const { code, err } = await denoise("faint");
    expect(code, err).toBe(0);
    expect(err).toMatch(
      /faint\.tif is .* than what the model saw in training: .*; the result means nothing; the model that the file was exported from can take/s,
    );
    expect((await denoise("noisy")).err).not.toMatch(/in training/);
  });

  it("does not replace the model or the sample that it reads", async () => {
    const model = join(at("model"), "model.safetensors");
    const before = readFileSync(model);
    for (const from of [at("model"), model]) {
      const { code, err } = await run(
        ...["export", "--model", from, "--format", "onnx", "--out", model, "--overwrite"],
      );
      expect(code).toBe(2);
      expect(err).toMatch(/would overwrite the input .*model\.safetensors; choose another name \(--out\)/);
    }
    expect(readFileSync(model).equals(before)).toBe(true);
  });

  it("writes an archive of the BioImage Model Zoo, and asks for what this must say", async () => {
    const to = ["--format", "bmz", "--out", at("model.zip")];
    const bare = await run("export", "--model", at("model"), ...to, "--author", "A. Biologist");
    expect(bare.code).toBe(2);
    expect(bare.err).toMatch(/who made it and what others may do with it \(--name, --license\)/);
    const misplaced = await run(
      "export",
      "--model",
      at("model"),
      "--format",
      "onnx",
      "--out",
      at("b"),
      "--license",
      "MIT",
    );
    expect(misplaced.code).toBe(2);
    expect(misplaced.err).toMatch(/ONNX file has no place .* \(--license\)/);
    const words = ["--name", "Tiny model", "--author", "A. Biologist", "--license", "MIT", "--no-ensemble"];
    const { code, err } = await run("export", "--model", at("model"), ...to, ...words);
    expect(code, err).toBe(0);
    expect(Object.keys(unzipSync(readFileSync(at("model.zip"))))).toContain("rdf.yaml");
    const sample = await run(
      "export",
      "--model",
      at("model"),
      ...to,
      ...words,
      "--sample",
      at("noisy.tif"),
      "--overwrite",
    );
    expect(sample.code).toBe(2);
    expect(sample.err).toMatch(/sample has 2 pages; this model sees 1 at once \(--sample\)/);
  });

  it("names the flag of what is missing or wrong, and leaves nothing behind", async () => {
    const before = readdirSync(folder);
    const to = ["--format", "onnx", "--out", at("other.onnx")];
    const wrong = await run("export", "--model", at("model"), ...to, "--size", "15x32");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/size is 15; .* multiples of 4, such as 16 \(--size\)/);
    const text = await run("export", "--model", at("model"), ...to, "--size", "large");
    expect(text.err).toMatch(/height and width in pixels, such as 512x512/);
    const nowhere = await run("export", "--model", at("nowhere"), ...to);
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toMatch(/nowhere/);
    expect(readdirSync(folder)).toEqual(before);
  });
});
