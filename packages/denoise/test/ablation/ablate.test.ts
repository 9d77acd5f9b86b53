import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Plane, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { type AblationOutcome, ablate } from "../../src/ablation/ablate.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { writeTinyData } from "../training/tinyData.js";

const folder = temporaryFolder();
const config = join(folder, "ablation.yaml");

/** Four runs of 12 updates: two variants, everything and two shots. Paths are relative or absolute. */
const text = `
preset: laptop
overrides: { updates: 12, batch: 2, crop: 32, ngf: 2, ndf: 2, downs: 2 }
validation: 0.3
data:
  - name: simulated
    train:
      noisy: [data/scene00-noisy.tif, data/scene01-noisy.tif, data/scene02-noisy.tif]
      clean: [data/scene00-clean.tif, data/scene01-clean.tif, data/scene02-clean.tif]
    test: { noisy: data/scene03-noisy.tif, clean: ${join(folder, "data/scene03-clean.tif")} }
variants:
  - name: l1
    overrides: { weights: { gan: 0, ssim: 0, tv: 0 } }
  - name: cl+tv+ssim
    overrides: { contrastive: { mode: disc } }
shots: [all, 2]
`;

const at = (out: string, ...parts: string[]): string => join(folder, out, ...parts);
const figures = ({ tables }: AblationOutcome): unknown => tables.map(({ rows }) => rows);
/** results.csv without the columns that depend on the clock. */
const csvOf = (out: string): string[][] =>
  readFileSync(at(out, "results.csv"), "utf8")
    .trimEnd()
    .split("\n")
    // Cells with commas are in quotes, which none has within.
    .map((line) => [...line.matchAll(/(?:^|,)("[^"]*"|[^,]*)/g)].map(([, cell]) => cell!));

let whole: AblationOutcome;

beforeAll(async () => {
  await writeTinyData(join(folder, "data"), 4);
  writeFileSync(config, text);
  whole = await ablate({ methods, config, out: at("whole") });
});

describe("an ablation", () => {
  const classical = methods.classical.map(({ title }) => title);

  test("has a row per method and columns per number of shots, all filled", () => {
    const [table] = whole.tables;
    expect(table!.header).toEqual([
      "",
      "all: PSNR",
      "all: SSIM",
      "all: NRMSE",
      "2: PSNR",
      "2: SSIM",
      "2: NRMSE",
    ]);
    expect(table!.rows.map(([name]) => name)).toEqual([
      "noisy",
      ...classical.map((title) => `${title} *`),
      "l1",
      "cl+tv+ssim",
    ]);
    for (const row of table!.rows) {
      expect(row).toHaveLength(7);
      for (const cell of row.slice(1)) expect(Number(cell)).toBeGreaterThan(0);
    }
  });

  test("writes a CSV row per run and classical method, the tables and the report", () => {
    const [header, ...rows] = csvOf("whole");
    expect(header!.slice(0, 6)).toEqual(["data", "method", "shots", "seed", "testPages", "psnr"]);
    expect(rows.map((row) => row.slice(1, 4).join(" "))).toEqual([
      "noisy  ",
      ...classical.map((title) => `${title}  `),
      "l1 all 0",
      "cl+tv+ssim all 0",
      "l1 2 0",
      "cl+tv+ssim 2 0",
    ]);
    for (const row of rows) expect(row).toHaveLength(header!.length);
    const column = header!.indexOf("trainingPages");
    expect(rows.slice(1 + classical.length).map((row) => row[column])).toEqual(["4", "4", "2", "2"]);
    expect(readFileSync(at("whole", "results.md"), "utf8")).toContain("| noisy | ");
    const html = readFileSync(at("whole", "report.html"), "utf8");
    expect(html).toContain("4 of 4 runs are done");
    expect(html).toContain('aria-label="validation PSNR over the updates"');
    expect(html).toContain("residual of cl+tv+ssim");
    for (const alt of ["noisy", "clean", "l1", "cl+tv+ssim"]) {
      expect(html, alt).toMatch(new RegExp(`<figcaption>${alt.replaceAll("+", "\\+")}[,<]`));
    }
    expect(html).not.toMatch(/src="(?!data:)|href=|<script/);
  });
});

describe("what was done earlier", () => {
  const out = "earlier";
  const again = (change: (text: string) => string = (same) => same): Promise<AblationOutcome> => {
    writeFileSync(at("again.yaml"), change(text));
    return ablate(
      { methods, config: at("again.yaml"), out: at(out) },
      {
        onPhase: (sentence) => sentences.push(sentence),
        onRun: ({ title }) => {
          throw new Error(`${title} is done again`);
        },
      },
    );
  };
  const sentences: string[] = [];
  beforeAll(() => cpSync(at("whole"), at(out), { recursive: true }));

  test("is not done again", async () => {
    expect(figures(await again())).toEqual(figures(whole));
    expect(sentences).toEqual(["4 of 4 runs are done already"]);
  });

  test("slow classical methods stay in the table while other runs are still to do", async () => {
    await expect(again((same) => same.replace("[all, 2]", "[all, 2, 3]"))).rejects.toThrow(
      /3 shots, seed 0 is done again/,
    );
    expect(csvOf(out).map((row) => row[1])).toEqual(csvOf("whole").map((row) => row[1]));
  });

  test("is found in the folders of classical methods that were called after their titles", async () => {
    const [title, name] = ["Gaussian-blur", "gaussian"].map((last) =>
      at(out, "classical", "simulated", last),
    );
    renameSync(name!, title!);
    expect(figures(await again())).toEqual(figures(whole));
    expect([existsSync(title!), existsSync(name!)]).toEqual([false, true]);
  });

  test("counts for the version of a classical method that did it", async () => {
    const [gaussian, ...others] = methods.classical;
    expect(gaussian!.name).toBe("gaussian");
    const changed = { ...gaussian!, version: 2, apply: (page: Plane) => page, title: "Gaussian filter" };
    const registry = methodRegistry([...methods.trained, changed, ...others]);
    const run = (place: string) => ablate({ methods: registry, config, out: at(place) });
    // The results of version 1 stand where those of version 2 belong.
    await expect(run(out)).rejects.toThrow(/gaussian.result\.json was made from other settings/);
    rmSync(at(out, "classical", "simulated", "gaussian"), { recursive: true });
    const { tables } = await run(out);
    const [noisy, filtered] = tables[0]!.rows;
    expect(filtered).toEqual(["Gaussian filter *", ...noisy!.slice(1)]);
    // A folder of before, called after a title, is of no second version.
    renameSync(
      at(out, "classical", "simulated", "gaussian"),
      at(out, "classical", "simulated", "Gaussian-filter"),
    );
    await run(out);
    expect(existsSync(at(out, "classical", "simulated", "Gaussian-filter"))).toBe(true);
  });

  test("is refused, and ablation.json left alone, where settings or images are other ones now", async () => {
    const before = readFileSync(at(out, "ablation.json"), "utf8");
    await expect(again((same) => same.replace("updates: 12", "updates: 13"))).rejects.toThrow(
      /result\.json was made from other settings than the ablation file has now; give another folder/,
    );
    const path = at("data", "scene01-noisy.tif");
    const bytes = readFileSync(path);
    cpSync(at("data", "scene02-noisy.tif"), path);
    await expect(again()).rejects.toThrow(
      /result\.json was made from other images than the files hold now; give another folder/,
    );
    writeFileSync(path, bytes);
    expect(readFileSync(at(out, "ablation.json"), "utf8")).toBe(before);
  });
});

test("results of classical methods are of the channel that they were made from", async () => {
  const scenes = simulateScenes({ seed: 2, size: 48, scenes: 2, frames: 4 });
  for (const [name, first] of [
    ["trained.tif", 0],
    ["tested.tif", 2],
  ] as const) {
    const pages = [first, first + 1].flatMap((t) => scenes.map(({ noisy }) => noisy[t]!));
    await writeImageFile(at(name), pages, { axes: ["T", "C", "Y", "X"], shape: [2, 2, 48, 48] });
  }
  const path = at("channels.yaml");
  const begun = async (...keys: readonly string[]): Promise<void> => {
    const data = ["name: two", "train: { noisy: trained.tif }", "test: { noisy: tested.tif }", ...keys];
    const rest = text.slice(text.indexOf("variants:"), text.indexOf("shots:"));
    writeFileSync(path, `${text.slice(0, text.indexOf("data:"))}data:\n  - ${data.join("\n    ")}\n${rest}`);
    const onRun = (): void => {
      throw new Error("classical methods are done");
    };
    await ablate({ methods, config: path, out: at("channels") }, { onRun });
  };
  const result = at("channels", "classical", "two", "noisy", "result.json");
  await expect(begun("channel: 0")).rejects.toThrow("classical methods are done");
  const before = readFileSync(result, "utf8");
  await expect(begun("channel: 0", "captures: [T]")).rejects.toThrow("classical methods are done");
  expect(readFileSync(result, "utf8")).toBe(before);
  await expect(begun("channel: 1")).rejects.toThrow(
    /classical.two.noisy.result\.json was made from other settings than the ablation file has now/,
  );
  await expect(begun("channel: 0", "t: 0-1")).rejects.toThrow(/was made from other settings/);
  // First versions did not say the channel: such a result may be of another one.
  const { request, test: _ofAnother, ...others } = JSON.parse(before);
  const { channel: _unsaid, ...unsaid } = request;
  const measured = JSON.parse(readFileSync(result, "utf8")).test;
  const wrong = { ...measured, mean: { ...measured.mean, psnr: 1 } };
  writeFileSync(result, JSON.stringify({ ...others, request: unsaid, test: wrong }));
  await expect(begun("channel: 0")).rejects.toThrow("classical methods are done");
  expect(JSON.parse(readFileSync(result, "utf8"))).toEqual(JSON.parse(before));
});

describe("is refused before anything is written:", () => {
  const cases: [what: string, change: (text: string) => string, sentence: RegExp][] = [
    [
      "a test file that is trained on",
      (same) => same.replace("data/scene03-noisy.tif", "data/../data/scene01-noisy.tif#1"),
      /^simulated l1, all pages, seed 0: data\/\.\.\/data\/scene01-noisy\.tif#1 is tested on, and data\/scene01-noisy\.tif is trained on/,
    ],
    [
      "training images that are not there",
      (same) => same.replace("data/scene02-noisy.tif", "data/scene09-noisy.tif"),
      /scene09-noisy\.tif: no such file/,
    ],
    [
      "training images smaller than the crop",
      (same) => same.replace("crop: 32", "crop: 64"),
      /^simulated l1, all pages, seed 0: .*48 x 48 pixels, smaller than the training crop of 64 x 64/,
    ],
    [
      "more shots than there are pages",
      (same) => same.replace("[all, 2]", "[all, 60]"),
      /^simulated l1, 60 shots, seed 0: shots is 60, but there are only/,
    ],
  ];
  test.each(cases)("%s", async (_, change, sentence) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    writeFileSync(at("refused.yaml"), changed);
    await expect(ablate({ methods, config: at("refused.yaml"), out: at("refused") })).rejects.toThrow(
      sentence,
    );
    expect(existsSync(at("refused"))).toBe(false);
  });
});

test("an interrupted ablation goes on: finished runs stay untouched, the results are the same", async () => {
  const out = "interrupted";
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  let started = 0;
  await expect(
    ablate(
      { methods, config, out: at(out) },
      {
        signal: controller.signal,
        onRun: () => started++,
        onProgress: ({ update }) => {
          if (started === 2 && update >= 5) controller.abort(reason);
        },
      },
    ),
  ).rejects.toBe(reason);
  const first = at(out, "runs", "simulated", "l1", "all-seed0");
  const second = at(out, "runs", "simulated", "cl+tv+ssim", "all-seed0");
  expect(existsSync(join(first, "result.json"))).toBe(true);
  expect(existsSync(join(second, "result.json"))).toBe(false);
  expect(JSON.parse(readFileSync(join(second, "manifest.json"), "utf8")).updates.done).toBeGreaterThan(0);
  expect(csvOf(out).map((row) => row[1])).toEqual(["method", "noisy", "Gaussian blur", "l1"]);
  const before = readdirSync(first).map((name) => [name, statSync(join(first, name)).mtimeMs]);

  writeFileSync(at("other.yaml"), text.replace("contrastive: { mode: disc }", "contrastive: { mode: off }"));
  await expect(ablate({ methods, config: at("other.yaml"), out: at(out) })).rejects.toThrow(
    /all-seed0 was made from other settings or images than there are now \(.*contrastive.*\); give another folder/,
  );

  const later = new AbortController();
  const tested: number[] = [];
  await expect(
    ablate(
      { methods, config, out: at(out) },
      {
        signal: later.signal,
        onTest: (pages, total) => {
          tested.push(pages / total);
          later.abort(reason);
        },
      },
    ),
  ).rejects.toBe(reason);
  expect(tested).toEqual([0]);
  expect(JSON.parse(readFileSync(join(second, "manifest.json"), "utf8")).status).toBe("completed");
  expect(existsSync(join(second, "result.json"))).toBe(false);

  const started2: string[] = [];
  const outcome = await ablate(
    { methods, config, out: at(out) },
    { onRun: ({ variant, shots }) => started2.push(`${variant} ${shots}`) },
  );
  expect(started2).toEqual(["cl+tv+ssim 0", "l1 2", "cl+tv+ssim 2"]);
  expect(readdirSync(first).map((name) => [name, statSync(join(first, name)).mtimeMs])).toEqual(before);
  expect(JSON.parse(readFileSync(join(second, "manifest.json"), "utf8")).timings.sessions).toBe(3);
  const costOf = (run: string): unknown => JSON.parse(readFileSync(join(run, "result.json"), "utf8")).cost;
  expect(costOf(first)).toHaveProperty("grownBytes");
  // What it held before it was stopped, nobody has looked at since.
  expect(costOf(second)).toEqual({ testSeconds: expect.any(Number) });
  expect(figures(outcome)).toEqual(figures(whole));
});

describe("an ablation of models of several frames", () => {
  const several = (variants: string): string => text.replace(/variants:[\s\S]*/, `variants:\n${variants}\n`);

  test("tests all on groups of captures, and classical methods on their means", async () => {
    const path = join(folder, "frames.yaml");
    const l1 = "weights: { gan: 0, ssim: 0, tv: 0 }";
    writeFileSync(path, several(`  - name: two\n    overrides: { ${l1}, frames: 2 }`));
    const { tables } = await ablate({ methods, config: path, out: at("frames") });
    const single = Number(whole.tables[0]!.rows[0]![1]);
    const rows = tables[0]!.rows;
    expect(rows.at(-1)![0]).toBe("two");
    expect(rows.every((row) => Number.isFinite(Number.parseFloat(row[1]!)))).toBe(true);
    // The noise of two captures is that of one over the root of two, 3 dB.
    expect(Number(rows[0]![1]) - single).toBeGreaterThan(2);
    expect(Number(rows[0]![1]) - single).toBeLessThan(4);
    // Nothing is done again.
    expect((await ablate({ methods, config: path, out: at("frames") })).tables).toEqual(tables);
  });

  test("refuses variants of different frames, which have no test pages in common", async () => {
    const path = join(folder, "different.yaml");
    writeFileSync(path, several("  - name: one\n  - name: two\n    overrides: { frames: 2 }"));
    await expect(ablate({ methods, config: path, out: at("different") })).rejects.toThrow(
      /the variants have 1 and 2 frames, .* make an ablation for each/,
    );
  });
});
