// Whether trainings end where they are best: every preset on six data sets (two real, four simulated) with three seeds, and by how much the validation of the last update is below the best one of the run:
//   node bench/stability.mjs data --out stability [--presets quick,laptop] [--sets w2s] [--seeds 0,1,2] [--table]
// `data` has the folders fmd-confocal-nuclei and w2s-widefield. Each result is a file of bench/results/stability, and is not measured again while it is there; what was interrupted in --out goes on, so that the work can be shared out:
// several of these may run side by side with other presets, sets or seeds and the same --out. --table prints all results as a table and trains nothing. Runs have --selection last with the guard as the preset has it, so that a run that
// falls back says so in its manifest.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clidim } from "@clidim/clidim";
import { chooseGpuOrProcessor, train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { readResults, writeResults } from "./resultFiles.mjs";
import { revision } from "./revision.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "stability" },
    presets: { type: "string" },
    sets: { type: "string" },
    seeds: { type: "string", default: "0,1,2" },
    table: { type: "boolean", default: false },
  },
});
chooseGpuOrProcessor();
const [data] = positionals;
if (!data) throw new Error("stability: expected the folder of the data");

/** Presets that are too large for a processor have their terms, schedule and rates at this size. */
const small = { downs: 6, ngf: 8, ndf: 8, crop: 64, batch: 8, updates: 1500 };
const shrunk = {
  quick: {},
  laptop: {},
  best: { updates: 4000 },
  "as-printed": { ...small, contrastive: { pretrainUpdates: 150 } },
  "as-released": { ...small, selection: "last" },
  recommended: small,
  mid3a: { ...small, crop: 192, batch: 2 },
};

const simulated = {
  "30 photons": { photons: 30 },
  "5 photons": { photons: 5 },
  "200 photons": { photons: 200 },
  "read noise": { photons: 30, readNoise: 15 },
};

/** Noisy and clean files of a set, the simulated ones written where they are not there yet. */
async function filesOf(set) {
  if (set === "w2s") {
    const of = (kind) => [`${join(data, "w2s-widefield", kind)}#0-17`];
    return { noisy: of("noisy_u16.tif"), clean: of("clean_aligned_u16.tif") };
  }
  if (set === "nuclei") {
    const folder = join(data, "fmd-confocal-nuclei");
    const noisy = Array.from({ length: 9 }, (_, i) => join(folder, `fov0${i + 1}_noisy.tif`));
    return { noisy, clean: [`${join(folder, "clean_avg50_u8.tif")}#0-8`] };
  }
  const folder = join(values.out, "data", set.replaceAll(" ", "-"));
  await mkdir(folder, { recursive: true });
  const [noisy, clean] = [[], []];
  for (const scene of simulateScenes({ seed: 7, scenes: 10, frames: 1, ...simulated[set] })) {
    const paths = ["noisy", "clean"].map((kind) => join(folder, `${scene.name}_${kind}.tif`));
    for (const [path, image] of [
      [paths[0], scene.noisy[0]],
      [paths[1], scene.clean],
    ]) {
      if (!existsSync(path)) await writeImageFile(path, [image]);
    }
    noisy.push(paths[0]);
    clean.push(paths[1]);
  }
  return { noisy, clean };
}

const listed = (given, all) => (given ? given.split(",") : all);
const presets = listed(values.presets, Object.keys(shrunk));
const sets = listed(values.sets, ["w2s", "nuclei", ...Object.keys(simulated)]);
const seeds = listed(values.seeds).map(Number);

/** Highest and last validation of a run as the log has them, before anything was taken back. */
async function figuresOf(out) {
  const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n");
  const figures = lines.map((line) => JSON.parse(line)).filter(({ validation }) => validation);
  const best = figures.reduce((a, b) => (b.validation.psnr > a.validation.psnr ? b : a));
  return { best, last: figures.at(-1) };
}

const results = join(import.meta.dirname, "results", "stability");
const named = (preset, set, seed) => `${preset}-${set.replaceAll(" ", "-")}-${seed}`;

if (values.table) {
  const rows = readdirSync(results)
    .map((file) => readResults(join(results, file)))
    .sort((a, b) => a.preset.localeCompare(b.preset) || a.set.localeCompare(b.set) || a.seed - b.seed);
  console.log(
    "| preset | updates | data | seed | best (update) | last | below | taken back | s of processor |",
  );
  console.log("|---|---:|---|---:|---:|---:|---:|---|---:|");
  for (const { preset, updates, set, seed, best, last, steppedBack, seconds } of rows) {
    const below = (best.psnr - last.psnr).toFixed(2);
    const back = steppedBack.map(({ update, to }) => `${update} to ${to}`).join(", ");
    console.log(
      `| ${preset} | ${updates} | ${set} | ${seed} | ${best.psnr.toFixed(2)} (${best.update ?? "?"}) | ${last.psnr.toFixed(2)} | ${below} | ${back} | ${seconds?.toFixed(0) ?? "?"} |`,
    );
  }
} else {
  for (const seed of seeds) {
    for (const set of sets) {
      for (const preset of presets) await measure(preset, set, seed);
    }
  }
}

async function measure(preset, set, seed) {
  const result = join(results, `${named(preset, set, seed)}.json`);
  if (readResults(result)) return;
  const out = join(values.out, named(preset, set, seed));
  const { user: from } = process.cpuUsage();
  const { manifest } = await train(
    {
      method: clidim,
      preset,
      ...(await filesOf(set)),
      overrides: { selection: "last", ...shrunk[preset] },
      seed,
      validation: 0.1,
      force: true,
      out,
      ...(existsSync(join(out, "manifest.json")) && { resume: true }),
    },
    { onWarning: (sentence) => console.log(`  ${sentence}`) },
  );
  // Of a training that was interrupted, what the last part of it took.
  const seconds = (process.cpuUsage().user - from) / 1e6;
  const { best, last } = await figuresOf(out);
  const figure = ({ update, validation }) => ({ update, psnr: validation.psnr });
  writeResults(result, {
    ...{ preset, set, seed, updates: last.update, revision: revision() },
    ...{ best: figure(best), last: figure(last), steppedBack: manifest.steppedBack ?? [], seconds },
  });
  const below = (best.validation.psnr - last.validation.psnr).toFixed(2);
  console.log(
    `${named(preset, set, seed)}: last ${below} dB below the best; ${seconds.toFixed(0)} s of processor time`,
  );
}
