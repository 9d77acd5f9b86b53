// What every method makes of the same simulated page, and what it takes away: pictures for docs/methods.md, and the table that they stand in, which is printed:
//   node bench/methodPictures.mjs --out pictures [--seconds 120] [--methods bm3d,care] [--pictures docs/methods]
// Methods that are trained have so many seconds of a processor each, with the preset that each starts with, on fields of view that are not tested on; classical ones choose their parameters on the page. Runs that are in --out are not
// trained again. A picture is the denoised page beside noisy minus denoised, at the same contrast for all.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseGpuOrProcessor, denoiseFiles, readManifest, train } from "@clidim/denoise/node";
import { cutPlane, previewPng, psnr, simulateScenes, ssim } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { secondsPerUpdate } from "./secondsPerUpdate.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "pictures" },
    seconds: { type: "string", default: "120" },
    methods: { type: "string" },
    pictures: { type: "string", default: join(import.meta.dirname, "../docs/methods") },
  },
});
const seconds = Number(values.seconds);
const [TRAINING, TEST, SIDE] = [24, 4, 192];
const camera = { photons: 30, readNoise: 3, gain: 8, offset: 100 };
/** Of the first page that is tested on. */
const SHOWN = { x: 32, y: 32, width: 128, height: 128 };

chooseGpuOrProcessor();
const scenes = simulateScenes({ seed: 11, size: SIDE, scenes: TRAINING + TEST, frames: 2, ...camera });
const test = scenes.slice(TRAINING).map(({ name, noisy, clean }) => ({ name, noisy: noisy[0], clean }));
const training = { noisy: [], clean: [] };
const tested = [];
await mkdir(join(values.out, "data"), { recursive: true });
for (const [i, { name, noisy, clean }] of scenes.entries()) {
  const path = (kind) => join(values.out, "data", `${name}_${kind}.tif`);
  await writeImageFile(path("noisy"), i < TRAINING ? noisy : noisy.slice(0, 1));
  if (i >= TRAINING) tested.push(path("noisy"));
  else {
    await writeImageFile(path("clean"), [clean]);
    training.noisy.push(path("noisy"));
    training.clean.push(path("clean"));
  }
}

/** The folder of a model, trained for as long as the others. */
async function trained(method) {
  const out = join(values.out, "models", method.name);
  if (existsSync(out)) return out;
  const options = {
    method,
    noisy: training.noisy,
    ...(method.target === "clean" && { clean: training.clean }),
  };
  const each = await secondsPerUpdate(options);
  const updates = Math.max(1, Math.round(seconds / each));
  console.error(`${method.name}: ${updates} updates of ${(1000 * each).toFixed(0)} ms`);
  await train({ ...options, overrides: { updates }, validation: 0, seed: 0, out });
  return out;
}

/** Of the noise, grey values. */
const deviation = Math.sqrt(
  test[0].noisy.data.reduce((sum, value, i) => sum + (value - test[0].clean.data[i]) ** 2, 0) /
    test[0].noisy.data.length,
);
const shown = cutPlane(test[0].clean, SHOWN);
const sorted = Float64Array.from(shown.data).sort();
const range = {
  low: sorted[Math.floor(0.001 * sorted.length)],
  high: sorted[Math.floor(0.999 * sorted.length)],
};
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

/** Draws a page, beside what noise it does not have, and measures all pages. */
async function draw(name, pages) {
  const page = cutPlane(pages[0], SHOWN);
  const noisy = cutPlane(test[0].noisy, SHOWN);
  const middle = (range.low + range.high) / 2;
  const scale = (range.high - range.low) / (8 * deviation);
  const removed = { ...page, data: page.data.map((value, i) => middle + scale * (noisy.data[i] - value)) };
  await writeFile(join(values.pictures, `${name}.png`), previewPng([{ page }, { page: removed }], range));
  return {
    psnr: mean(pages.map((one, i) => psnr(one, test[i].clean))),
    ssim: mean(pages.map((one, i) => ssim(one, test[i].clean))),
  };
}

const asked = values.methods?.split(",");
const chosen = [...methods.trained, ...methods.classical].filter(
  ({ name }) => !asked || asked.includes(name),
);
await mkdir(values.pictures, { recursive: true });
const row = (title, name, figures, how) =>
  console.log(
    `| ${title} | ![${title}: the page, and what was removed](methods/${name}.png) | ${Number.isFinite(figures.psnr) ? figures.psnr.toFixed(2) : ""} | ${figures.ssim.toFixed(4)} | ${how} |`,
  );
console.log(
  "| method | the page, and what was removed | PSNR | SSIM | updates, or what was chosen |\n|---|---|---:|---:|---|",
);
for (const kind of ["noisy", "clean"]) {
  row(
    kind,
    kind,
    await draw(
      kind,
      test.map((page) => page[kind]),
    ),
    "",
  );
}
for (const method of chosen) {
  const learns = method.kind === "trained";
  const out = join(values.out, "denoised", method.name);
  const how = learns ? { methods, model: await trained(method) } : { method };
  const { denoised } = await denoiseFiles({ files: tested, out, overwrite: true, ...how });
  const pages = [];
  for (const { output } of denoised) pages.push((await readStack(output)).pages[0]);
  const told = learns
    ? `${(await readManifest(join(how.model, "manifest.json"), method)).updates.done} updates`
    : denoised[0].chosen.replace(/^[^:]*: /, "").replace(", chosen on the image itself", "");
  row(method.title, method.name, await draw(method.name, pages), told);
}
