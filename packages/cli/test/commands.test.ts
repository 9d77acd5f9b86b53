import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const scenes = [0, 1, 2];
const noisy = scenes.map((i) => at(`noisy${i}.tif`));
const small = ["--updates", "3", "--batch", "2", "--crop", "32", "--ngf", "2", "--downs", "2"];

beforeAll(async () => {
  const simulated = simulateScenes({ size: 48, scenes: 3, frames: 2 });
  for (const i of scenes) await writeImageFile(noisy[i]!, simulated[i]!.noisy);
  await writeImageFile(
    at("clean.tif"),
    simulated.map(({ clean }) => clean),
  );
});

/** Runs a command line that must succeed and returns what it printed. */
async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  expect(await main(args, terminal), printed.err).toBe(0);
  return printed;
}

test("train, denoise and evaluate, one after the other", async () => {
  const trained = await run(
    "train",
    "--noisy",
    ...noisy.slice(0, 2),
    "--clean",
    `${at("clean.tif")}#0-1`,
    "--out",
    at("model"),
    ...small,
  );
  expect(trained.err).toMatch(/CLIDiM, preset quick: 3 updates of 2 crops of 32 x 32 pixels, downs 2, ngf 2/);
  expect(trained.err).toMatch(/Data: 2 noisy pages of 1 file to train on, 2 held out/);
  expect(trained.err).toMatch(/^update 3\/3 .*L1 0\.\d+ .*validation \d+\.\d+ dB/m);
  expect(trained.out).toMatch(
    /Trained 3 updates in .*\nOn the images held out: .*\nOn the images held out +PSNR dB +SI-PSNR +SSIM\nnoisy [\s\S]*\nbest Gaussian blur .*\nGaussian blur by itself [\s\S]*\nthis model, mean of 8 orientations .*\n[\s\S]*\nMean: results are [\s\S]*\nModel: .*model\.safetensors\n/,
  );

  const denoised = await run("denoise", "--model", at("model"), "--out", at("denoised"), noisy[2]!);
  expect(denoised.out).toBe(`${noisy[2]} -> ${join(at("denoised"), "noisy2.tif")} (2 pages)\n`);

  const files = ["--prediction", join(at("denoised"), "noisy2.tif"), "--clean", `${at("clean.tif")}#2`];
  const json = JSON.parse((await run("evaluate", ...files, "--noisy", noisy[2]!, "--json")).out);
  const table = (await run("evaluate", ...files, "--noisy", noisy[2]!)).out;
  const [, page] = json.pages;
  expect(table).toMatch(/^ +PSNR +SI-PSNR +SSIM +NRMSE +flux +flux\/noisy +noisy PSNR .*gain$/m);
  expect(table).toContain(
    `${page.prediction.psnr.toFixed(2)}    ${page.prediction.siPsnr.toFixed(2)}  ${page.prediction.ssim.toFixed(4)}`,
  );
  expect(table).toContain(`${(100 * page.flux.clean).toFixed(2)} %  `);
  expect(table).toContain(`${(100 * page.flux.noisy).toFixed(2)} %  `);
  expect(table).toMatch(/^mean +\d/m);
  expect(table).toContain(`Gain over the noisy images: +${json.mean.gain.psnr.toFixed(2)} dB`);
  expect(table).toContain(
    `Best Gaussian blur (sigma ${json.baselines[0].parameters.sigma.toFixed(2)} pixels`,
  );
  expect((await run("evaluate", ...files)).out).not.toMatch(/blur|gain|released/i);
  // Patterns that no shell expanded, and folders.
  const found = [
    "--prediction",
    at("denoised"),
    "--clean",
    `${at("cl*n.tif")}#2`,
    "--noisy",
    at("noisy[2].tif"),
  ];
  expect((await run("evaluate", ...found)).out).toBe(table);
  const { low, high } = json.interval.psnr;
  expect(table).toContain(
    `confidence intervals of the means: PSNR ${low.toFixed(2)} to ${high.toFixed(2)} dB`,
  );

  const all = (await run("evaluate", ...files, "--noisy", noisy[2]!, "--baselines", "--as-released")).out;
  expect(all).toContain(table.split("\n\n")[0]);
  expect(all).toMatch(/^ +SSIM \(Gaussian\).*released PSNR +released SSIM +released NRMSE$/m);
  expect(all).toMatch(/^mean( +\d+\.\d+){5} +\S+$/m);
  expect(all).toMatch(/^Best non-local means \(strength \d\.\d\d of the noise, chosen .*gain [+-]\d/m);
  expect(all).toMatch(/^Best total variation \(/m);
  expect(all).toMatch(/^Best BM3D \(strength \d\.\d\d of the noise, chosen .*gain [+-]\d/m);

  const report = at("evaluation.html");
  const compared = [...files, "--noisy", noisy[2]!, "--baselines", "bm3d"];
  const reported = await run("evaluate", ...compared, "--report", report);
  expect(reported.out.split("\n").filter((line) => line.startsWith("Best "))).toEqual(
    all.split("\n").filter((line) => /^Best (Gaussian blur|BM3D)/.test(line)),
  );
  expect(reported.err).toContain(`Report: ${report}\n`);
  const html = readFileSync(report, "utf8");
  expect(html).toContain("2 pages, each with its part of the most contrast");
  expect(html.match(/alt="error of denoised"/g)).toHaveLength(2);
});

test("denoise --report names the report beside each result", async () => {
  const model = await run(
    "train",
    "--noisy",
    noisy[0]!,
    "--clean",
    "average",
    "--out",
    at("for-report"),
    ...small,
  );
  expect(model.out).toMatch(/Trained 3 updates/);
  const { out } = await run(
    "denoise",
    "--model",
    at("for-report"),
    "--out",
    at("with-report"),
    "--report",
    noisy[2]!,
  );
  expect(out).toContain(` (2 pages; report: ${join(at("with-report"), "noisy2.report.html")})\n`);
  expect(existsSync(join(at("with-report"), "noisy2.report.json"))).toBe(true);
});

test('"average" trains on the mean of each stack; --resume goes on where nothing is left to do', async () => {
  const args = [
    "train",
    "--noisy",
    ...noisy,
    "--clean",
    "average",
    "--out",
    at("averaged"),
    "--validation",
    "0",
    ...small,
  ];
  expect((await run(...args)).err).toMatch(/6 noisy pages of 3 files to train on, 0 held out/);
  const manifest = JSON.parse(readFileSync(join(at("averaged"), "manifest.json"), "utf8"));
  expect(manifest.data.clean).toBe("average");
  expect(manifest.validation).toBeNull();
  expect((await run(...args, "--resume")).err).toMatch(/Going on after update 3/);
});

test("demo prints the gain, the best blur, and where the pictures are", async () => {
  const { out, err } = await run("demo", "--out", at("demo"), "--size", "48", "--scenes", "4", ...small);
  expect(err).toMatch(/Simulating 4 fields of view of 48 x 48 pixels/);
  expect(err).toMatch(/This will take about \d+ s\./);
  expect(out).toMatch(
    /Gain over the noisy images: [+-]\d+\.\d\d dB, SI-PSNR [+-]\d+\.\d\d dB\nBest Gaussian blur \(sigma \d\.\d\d/,
  );
  expect(out).toContain(`Before and after (noisy, denoised, clean): ${join(at("demo"), "before-after.png")}`);
  expect(existsSync(join(at("demo"), "before-after.png"))).toBe(true);
});

test("doctor says what there is", async () => {
  const { out } = await run("doctor");
  expect(out).toMatch(/^ok {6}Node {2,}\d/m);
  expect(out).toMatch(/^ok {6}Self-test conv2d /m);
  expect(out).toMatch(/Training can run\.\n$/);
});

test.each([
  ["train", /--resume[\s\S]*page range[\s\S]*Examples:\n {2}clidim train --noisy/],
  [
    "denoise",
    /--normalization <kind>[\s\S]*Examples:\n {2}clidim denoise --out .*\n {2}clidim denoise --budget 5m .*\n {2}clidim denoise --model/,
  ],
  ["evaluate", /--json[\s\S]*Examples:\n {2}clidim evaluate --prediction/],
  ["ablate", /A file looks like this[\s\S]*Examples:\n {2}clidim ablate --config/],
  ["fetch", /convallaria[\s\S]*--checksum <sum>[\s\S]*Examples:\n {2}clidim fetch convallaria/],
  ["demo", /--updates <n>[\s\S]*Examples:\n {2}clidim demo/],
  ["tune", /--updates <n>[\s\S]*kept in\s+the user's cache directory[\s\S]*Examples:\n {2}clidim tune\n/],
  ["doctor", /Example:\n {2}clidim doctor/],
])("%s --help explains with examples", async (command, text) => {
  expect((await run(command, "--help")).out).toMatch(text);
});

test("clidim --help lists the commands, clidim --version the version", async () => {
  const { out } = await run("--help");
  for (const command of [
    "demo",
    "train",
    "config",
    "denoise",
    "evaluate",
    "ablate",
    "fetch",
    "tune",
    "doctor",
  ])
    expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"));
  expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("config prints every value with its source, and train takes a file and any key", async () => {
  const file = at("mine.yaml");
  writeFileSync(file, "preset: recommended\nngf: 8\nweights:\n  ssim: 3\n");
  const { out } = await run("config", "--config", file, "--weights.l1", "50", "--downs", "6");
  expect(out).toMatch(/^ngf: 8 # file$/m);
  expect(out).toMatch(/^ +l1: 50 # flag$/m);
  expect(out).toMatch(/^downs: 6 # flag$/m);
  expect(out).toMatch(/^ +ssim: 3 # file$/m);
  expect(out).toMatch(/^preset: recommended/m);

  const trained = ["train", "--noisy", ...noisy, "--clean", "average", "--out", at("recommended")];
  await run(...trained, "--config", file, ...small, "--validation", "0", "--contrastive.captures", "true");
  const manifest = JSON.parse(readFileSync(at("recommended/manifest.json"), "utf8"));
  expect(manifest.configuration).toMatchObject({ preset: "recommended", weights: { ssim: 3 }, ngf: 2 });
  expect(manifest.configuration.contrastive.mode).toBe("disc");
});
