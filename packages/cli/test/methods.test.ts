import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  describeConfiguration,
  describeMethod,
  layerConfiguration,
  resolveConfiguration,
} from "@clidim/denoise";
import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { run } from "./run.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 48, scenes: 1, frames: 2 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
});

/** A member of a record of which nothing is known. */
const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;

describe("methods", () => {
  test("is a table with what each needs and gives, how long it takes, where to take it, what it cannot do and what its presets are for", async () => {
    const { code, out } = await run("methods");
    expect(code).toBe(0);
    expect(out).toMatch(/^METHOD +NEEDS +GIVES +TIME$/m);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    const blocks = out.split(/\n(?=\S|$)/).map((block) => block.replaceAll(/\s+/g, " "));
    for (const { name, title, summary, guide, presets } of methods.all.map((method) => ({
      ...method,
      ...describeMethod(method),
    }))) {
      const block = blocks.find((text) => text.startsWith(`${name} `));
      expect(block).toContain(`${title}: ${summary}`);
      expect(block).toContain(`Take it where ${guide.when}. It cannot ${guide.cannot}.`);
      expect(block).toMatch(new RegExp(`the image.* ${guide.time}\\b`));
      const told = presets.map((preset) => `--preset ${preset.name}: ${preset.description}`);
      expect(block).toContain([`It cannot ${guide.cannot}.`, ...told].join(" "));
    }
    for (const { space } of methods.trained) {
      for (const preset of space.presets) expect(out).toContain(`--preset ${preset}: `);
    }
    expect(out).toMatch(/^clidim +noisy images and clean ones/m);
    expect(out).toMatch(/^nlm +one noisy image/m);
  });

  test("has the same as JSON", async () => {
    const { code, out } = await run("methods", "--json");
    expect(code).toBe(0);
    const listed: unknown[] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(listed).toEqual(methods.all.map((method) => ({ type: "method", ...describeMethod(method) })));
    expect(listed[0]).toMatchObject({ name: "clidim", target: "clean", time: "minutes" });
  });
});

describe("config --method", () => {
  test.each([
    [["--maskedPercent", "0.198"], "maskedPercent: 0.198 # flag"],
    [["--masked-percent", "6.25"], "maskedPercent: 6.25 # flag"],
    [["--filters", "8"], "filters: 8 # flag"],
    [["--loss", "mae"], "loss: mae # flag"],
    [["--normalization.mode", "standard"], "mode: standard # flag"],
  ])("%j is a value as the method's own key has it", async (args, line) => {
    const { code, out, err } = await run("config", "--method", "noise2void", ...args);
    expect(code, err).toBe(0);
    expect(out.split("\n").map((text) => text.trim())).toContain(line);
  });

  test.each(
    methods.trained.flatMap((method) => method.space.presets.map((preset) => [method.name, preset] as const)),
  )("%s: every key of preset %s is a flag", async (name, preset) => {
    const method = methods.trainedNamed(name);
    const resolved: unknown = resolveConfiguration(method, preset);
    const flags = describeConfiguration(method).flatMap(({ key }) => {
      const value = key.split(".").reduce(memberOf, resolved);
      return key === "preset" || value === undefined ? [] : [`--${key}`, String(value)];
    });
    const { code, out, err } = await run("config", "--method", name, "--preset", preset, ...flags);
    expect(code, err).toBe(0);
    const read = layerConfiguration(method, { file: parseConfigurationYaml(out, "printed.yaml") });
    expect(read.configuration).toEqual(resolved);
    // The preset too is named by a flag.
    expect(out.match(/# flag/g)).toHaveLength(flags.length / 2 + 1);
  });
});

describe("denoise --method", () => {
  test("denoises without a model and prints what was chosen", async () => {
    const out = at("denoised");
    const {
      code,
      out: printed,
      err,
    } = await run("denoise", "--method", "gaussian", "--out", out, at("noisy.tif"));
    expect(code, err).toBe(0);
    expect(printed).toMatch(
      /noisy\.tif \(2 pages; Gaussian blur: sigma \d\.\d\d pixels, chosen on the image itself\)\n$/,
    );
    expect(err).toMatch(/^page 2\/2 .*noisy\.tif$/m);
  });

  test("chooses the method where neither it nor a model is named, and says so", async () => {
    const { code, out: printed, err } = await run("denoise", "--out", at("automatic"), at("noisy.tif"));
    expect(code, err).toBe(0);
    expect(printed).toMatch(
      /noisy\.tif \(2 pages; .*taken automatically, since .*foretells hidden pixels .*squared error\)\)\n$/,
    );
    // The zoo's model was compared as well, whichever was taken.
    expect(printed).toContain('the ready model "Fluorescence, simulated" (zoo:fluorescence)');
    expect(err).toMatch(/noisy\.tif: choosing a method$/m);
  });

  test("a batch that was begun without models does not go on with them without a word", async () => {
    const args = ["--out", at("without"), at("noisy.tif")];
    const { code, out: printed, err } = await run("denoise", "--no-model", ...args);
    expect(code, err).toBe(0);
    expect(printed).not.toContain("ready model");
    const again = await run("denoise", "--no-model", "--skip-existing", ...args);
    expect([again.code, again.err]).toEqual([0, expect.not.stringContaining("was made with")]);
    const others = await run("denoise", "--skip-existing", ...args);
    expect([others.code, others.err]).toEqual([
      0,
      expect.stringContaining("noisy.tif was made with other options, and stays"),
    ]);
  });

  test("a budget too small for a training is told, and by how much it was missed", async () => {
    const args = ["--budget", "0.5s", "--out", at("budget"), at("noisy.tif")];
    const { code, out: printed, err } = await run("denoise", ...args);
    expect(code, err).toBe(0);
    expect(printed).toMatch(
      /; nothing was trained, as the 0\.5 s of the budget leave no time for one: to choose and to denoise takes about \d+ s(; the ready model .*)?\)\n$/,
    );
    const [record] = JSON.parse(readFileSync(join(at("budget"), "denoised.json"), "utf8")).results;
    expect(record.channels[0].options).toEqual({ method: "automatic", budget: "0.5 s" });
  });

  test.each([
    [
      ["--budget", "5"],
      /'5' is invalid\. Expected a time above 0 with its unit, such as 90s, 5m or 1h30m\.$/m,
    ],
    [
      ["--budget", "5m", "--method", "nlm"],
      /^clidim: a budget is for choosing and training .*\(--budget\)$/m,
    ],
    [
      ["--method"],
      /^clidim: method: expected one of gaussian, bilateral, wiener, wavelet-wiener, nlm, tv, bm3d \(--method\)$/m,
    ],
    [
      ["--method", "bm4d"],
      /^clidim: method is "bm4d"; allowed: gaussian, bilateral, wiener, wavelet-wiener, nlm, tv, bm3d/m,
    ],
    [["--method", "clidim"], /^clidim: method clidim is trained: give a model \(--model\)$/m],
    [
      ["--method", "nlm", "--model", "m"],
      /^clidim: a model and a method exclude each other; .*\(--model, --method\)$/m,
    ],
    ...[
      ["--model", "m", "--no-model"],
      ["--no-model", "--model", "m"],
    ].map((args): [string[], RegExp] => [
      args,
      /^clidim: a model is given, and that none is wanted; leave out one of both \(--model, --no-model\)$/m,
    ]),
    [["--method", "nlm", "--no-blend"], /^clidim: non-local means takes no blend, .* \(--no-blend\)$/m],
    [["--method", "nlm", "--ensemble"], /^clidim: non-local means takes no ensemble, .* \(--ensemble\)$/m],
  ])("%j is refused in a sentence", async (args, sentence) => {
    const out = at("refused");
    const { code, err } = await run("denoise", at("noisy.tif"), "--out", out, ...args);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
    expect(existsSync(out)).toBe(false);
  });
});
