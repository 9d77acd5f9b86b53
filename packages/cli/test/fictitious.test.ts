import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ClassicalMethod, methodRegistry } from "@clidim/denoise";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { fictitious } from "../../denoise/test/protocol/fictitious.js";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

/** Makes pages brighter by one number, which is found in no time. */
const brighter: ClassicalMethod<{ readonly by: number }> = {
  kind: "classical",
  name: "brighter",
  version: 1,
  title: "Brighter",
  summary: "Adds a number to all pixels.",
  guide: { gives: [], time: "seconds", when: "it is dark", cannot: "denoise" },
  slow: false,
  smallest: 1,
  *best() {
    yield [];
    return { by: 1 };
  },
  *fit() {
    yield;
    return { by: 2 };
  },
  apply: ({ data, ...page }, { by }) => ({ ...page, data: Float32Array.from(data, (value) => value + by) }),
  describe: ({ by }) => `by ${by}`,
};

const captured = fictitious("capture");
const registry = methodRegistry([...methods.all, captured, fictitious("none"), brighter]);
const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const noisy = [0, 1, 2].map((i) => at(`noisy${i}.tif`));

beforeAll(async () => {
  for (const [i, scene] of simulateScenes({ size: 48, scenes: 3, frames: 3 }).entries()) {
    await writeImageFile(noisy[i]!, scene.noisy);
    await writeImageFile(at(`clean${i}.tif`), [scene.clean]);
  }
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  const code = await main(args, terminal, registry);
  return { code, ...printed };
}

describe("a method that the command line has never heard of", () => {
  test("is listed with what it needs, and its keys with what they are", async () => {
    const { out } = await run("methods");
    expect(out).toMatch(/^fictitious-capture +two noisy captures or more of +the image +seconds$/m);
    expect(out).toMatch(/^brighter +one noisy image +the image +seconds$/m);
    const help = (await run("train", "--help")).out.replaceAll(/\s+/g, " ");
    expect(help).toContain("--learningRate, --learning-rate <n> Adam's");
    expect(help).toContain("--precision <value> of the arithmetic");
    expect(help).not.toContain("--kernel");
    expect((await run("config", "--help")).out).toMatch(/--kernel <value>/);
  });

  test("makes no key of another method another one", async () => {
    const { code, out, err } = await run("config", "--learningRate", "0.001", "--precision", "mixed");
    expect(code, err).toBe(0);
    expect(out).toMatch(/^learningRate: 0\.001 # flag$/m);
    expect(out).toMatch(/^precision: mixed # flag$/m);
    const own = await run("config", "--method", captured.name, "--learning-rate", "0.25", "--kernel", "3");
    expect(own.out).toMatch(/^kernel: 3 # flag$/m);
    expect(own.out).toMatch(/^learningRate: 0\.25 # flag$/m);
  });

  test("is trained, gone on with, applied with an uncertainty, and its results are evaluated", async () => {
    const options = ["--method", captured.name, "--noisy", ...noisy, "--out", at("model"), "--updates", "10"];
    const { code, out, err } = await run("train", ...options, "--preset", "wide", "--learning-rate", "0.01");
    expect(code, err).toBe(0);
    expect(err).toMatch(
      /^Fictitious \(capture\), preset wide: 10 updates of 4 crops of 16 x 16 pixels, learningRate 0\.01/m,
    );
    expect(err).toMatch(/error \d\.\d{4}/);
    expect(out).toMatch(/^On the images held out: loss \S+ after update 10/m);
    expect(JSON.parse(readFileSync(at("model", "manifest.json"), "utf8"))).toMatchObject({
      method: "fictitious-capture@1",
      configuration: { kernel: 2, learningRate: 0.01 },
      data: { clean: "none" },
    });
    const denoise = [
      "denoise",
      "--model",
      at("model"),
      "--out",
      at("denoised"),
      "--uncertainty",
      "2",
      "--report",
    ];
    const denoised = await run(...denoise, noisy[0]!);
    expect(denoised.code, denoised.err).toBe(0);
    expect((await readStack(at("denoised", "noisy0.tif"))).pages).toHaveLength(3);
    expect(existsSync(at("denoised", "scatter", "noisy0.tif"))).toBe(true);
    const compared = [
      "--prediction",
      at("denoised", "noisy0.tif"),
      "--clean",
      at("clean0.tif"),
      "--noisy",
      noisy[0]!,
    ];
    const evaluated = await run("evaluate", ...compared);
    expect(evaluated.code, evaluated.err).toBe(0);
    expect(evaluated.out).toMatch(/^Best Brighter \(by 1, chosen by looking at the clean images\): /m);
  });

  test("is refused what it cannot be given, in a sentence with flags", async () => {
    const out = at("refused");
    const options = ["--method", captured.name, "--noisy", `${noisy[0]!}#0`, "--out", out];
    const { code, err } = await run("train", ...options);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^clidim: .*expected at least 2 noisy pages to train on, got 1; .*\(--noisy, --split, --validation, --shots\)$/m,
    );
    expect(existsSync(out)).toBe(false);
  });

  test("that needs no training is applied", async () => {
    const { code, out, err } = await run(
      "denoise",
      "--method",
      "brighter",
      "--out",
      at("brighter"),
      noisy[1]!,
    );
    expect(code, err).toBe(0);
    expect(out).toContain("Brighter: by 2");
    const [before, after] = [await readStack(noisy[1]!), await readStack(at("brighter", "noisy1.tif"))];
    expect(after.pages[0]!.data[7]! - before.pages[0]!.data[7]!).toBeCloseTo(2, 3);
  });

  test("is demonstrated where it is the first, with its own keys", async () => {
    const first = methodRegistry([fictitious("clean"), brighter]);
    const demo = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
      const { printed, ...terminal } = captureTerminal();
      const code = await main(["demo", ...args], terminal, first);
      return { code, ...printed };
    };
    const help = (await demo("--help")).out.replaceAll(/\s+/g, " ");
    expect(help).toContain("--updates <n> length of the training (default: 1500)");
    expect(help).toContain("--learningRate, --learning-rate <n> Adam's");
    expect(help).not.toContain("--ngf");
    const wrong = await demo("--learning-rate", "fast", "--out", at("demo"));
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringMatching(/learningRate is "fast"; allowed: a number/),
    ]);
    const sizes = ["--size", "48", "--scenes", "4", "--updates", "4", "--learning-rate", "0.5"];
    const { code, err } = await demo("--out", at("demo"), ...sizes);
    expect(code, err).toBe(0);
    expect(JSON.parse(readFileSync(at("demo", "model", "manifest.json"), "utf8"))).toMatchObject({
      method: "fictitious-clean@1",
      configuration: { updates: 4, learningRate: 0.5 },
    });
  });
});
