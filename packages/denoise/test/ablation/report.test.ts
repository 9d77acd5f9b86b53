import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plane } from "@clidim/imaging";
import { castImage, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { decode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { type AblationReportParts, ablationReport } from "../../src/ablation/report.js";
import { ablationTable } from "../../src/ablation/table.js";
import { dataSet, defaultMetrics, finishedClassical, finishedRun } from "./results.js";

const out = temporaryFolder();
const data = dataSet("mine", [0, 4]);
const variants = ["baseline", "cl"].map((name) => ({ name, overrides: {} }));
const [scene] = simulateScenes({ seed: 2, size: 64, scenes: 1, frames: 1 });
const page = { name: "a<b>.tif", noisy: scene!.noisy[0]!, clean: scene!.clean };
const cost = { testSeconds: 2, processBytes: 5e8, grownBytes: 1e8, deviceBytes: 2e8 };
const withCost = <T extends { readonly result: object }>(done: T): T => ({
  ...done,
  result: { ...done.result, cost },
});
const finished = [
  finishedRun(data, { variant: "baseline", psnr: 29 }),
  withCost(finishedRun(data, { variant: "cl", psnr: 33 })),
  finishedRun(data, { variant: "cl", shots: 4, psnr: 31 }),
  finishedRun(data, { variant: "baseline", shots: 4 }),
];
const classicalOut = (name: string): string => join(out, "classical", "mine", name);
const classical = [
  finishedClassical("noisy", null, 20, classicalOut("noisy")),
  withCost(finishedClassical("Gaussian blur", "sigma 1", 28, classicalOut("blur"))),
];
let html: string;

/** What a run or a method leaves on the disk. */
async function leave(folder: string, shown: Plane, curve: readonly number[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await writeImageFile(join(folder, "shown.tif"), [castImage(shown, "float32")]);
  const lines = curve.map((psnr, i) => ({
    update: 50 * (i + 1),
    seconds: i,
    losses: {},
    validation: { psnr, ssim: 0.5 },
  }));
  writeFileSync(join(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

beforeAll(async () => {
  for (const { run, result } of finished) {
    await leave(join(out, run.folder), scene!.clean, result.test ? [24, 27, 29] : []);
  }
  await leave(classicalOut("noisy"), page.noisy, []);
  await leave(classicalOut("blur"), scene!.clean, []);
  const parts: AblationReportParts = {
    file: {
      method: "clidim",
      preset: "laptop",
      overrides: {},
      validation: 0.1,
      baselines: true,
      metrics: defaultMetrics,
      published: [],
      data: [data],
      variants,
      seeds: [0],
    },
    out,
    tables: [
      ablationTable(
        { variants, seeds: [0], metrics: defaultMetrics, published: [] },
        data,
        finished,
        classical,
      ),
    ],
    finished,
    classical: new Map([["mine", classical]]),
    tests: new Map([[data, { pages: [page], peakOffset: [0], shown: 0 }]]),
  };
  html = await ablationReport(parts);
});

/** The pixels of the pictures with an alternative text. */
const pictures = (alt: string): { readonly width: number; readonly data: ArrayLike<number> }[] =>
  [...html.matchAll(/<img alt="([^"]*)"[^>]*src="data:image\/png;base64,([^"]*)"/g)]
    .filter(([, name]) => name === alt)
    .map(([, , bytes]) => decode(Buffer.from(bytes!, "base64")));

describe("the report", () => {
  test("needs nothing from elsewhere, and says how far the grid is", () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/src="(?!data:)|href=|<script|url\(|@import/);
    expect(html).toContain("<p>4 of 4 runs are done.</p>");
    expect(html).toContain("a&#60;b&#62;.tif");
    expect(html).not.toContain("a<b>");
  });

  test("has the table and its notes", () => {
    for (const cell of ["baseline", "33.00", "diverged", "4: PSNR", "Gaussian blur *"])
      expect(html).toMatch(new RegExp(`<t[dh]>${cell.replace("*", "\\*")}`));
    expect(html).toContain("<li>PSNR against the best classical row, Gaussian blur with 28.00");
  });

  test("has a curve per run, those of few shots dashed", () => {
    const svg = /<svg[\s\S]*?<\/svg>/.exec(html)![0];
    expect(svg.match(/<polyline/g)).toHaveLength(3);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg.match(/<circle/g)).toHaveLength(9);
    expect(svg).toContain("mine cl, 4 shots, seed 0: update 150, 29.00 dB, SSIM 0.5000");
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("has quality against the time that it took, of those where it was measured", () => {
    const svg = /<svg role="img" aria-label="PSNR of the test pages over the time[\s\S]*?<\/svg>/.exec(
      html,
    )![0];
    expect(svg.match(/<title>[^<]*/g)).toEqual([
      "<title>Gaussian blur: 28.00 dB, 2.0 s",
      "<title>cl: 33.00 dB, 52.0 s",
    ]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("shows noisy, each variant and clean with one contrast", () => {
    // In each of the groups: all pages, with classical methods beside; four shots.
    expect(html.match(/<h3>[^<]*/g)).toEqual([
      "<h3>Classical methods, and methods trained on all pages",
      "<h3>Methods trained on 4 shots",
    ]);
    expect(pictures("noisy")).toHaveLength(2);
    expect(pictures("clean")).toHaveLength(2);
    const [together] = html.split("<h3>").slice(1);
    const row = /<div>([\s\S]*?)<\/div>/.exec(together!)![1]!;
    expect([...row.matchAll(/alt="([^"]*)"/g)].map(([, alt]) => alt)).toEqual([
      "noisy",
      "Gaussian blur",
      "baseline",
      "cl",
      "clean",
    ]);
    expect(pictures("cl")).toHaveLength(2);
    expect(pictures("baseline")).toHaveLength(1);
    const [clean] = pictures("clean");
    // What was written as the variant's result is the clean page itself.
    for (const { data: pixels } of [...pictures("cl"), ...pictures("baseline")]) {
      expect(pixels).toEqual(clean!.data);
    }
    expect(pictures("noisy")[0]!.data).not.toEqual(clean!.data);
  });

  test("shows the residual of each result and its autocorrelation, white only in the middle for noise alone", () => {
    expect(pictures("residual of noisy")).toHaveLength(0);
    for (const name of ["baseline", "Gaussian blur"]) {
      expect(pictures(`residual of ${name}`)).toHaveLength(1);
      const [correlation] = pictures(`autocorrelation of the residual of ${name}`);
      expect(correlation!.width).toBe(17);
      expect(correlation!.data[8 * 17 + 8]).toBe(255);
      const others = Array.from(correlation!.data).filter((_, i) => i !== 8 * 17 + 8);
      expect(Math.max(...others)).toBeLessThan(255);
    }
    expect(pictures("residual of cl")).toHaveLength(2);
    expect(html).toMatch(/highest 0\.\d{3}, lowest near -?0\.\d{3} \(white within 0\.\d{3}\)/);
  });
});
