// Each trained method beside its twin in PyTorch (bench/twins.py, bench/pytorch), written anew after the papers: the same simulated images with known truth, network, loss, crops, schedule and number of updates; random numbers differ.
//   node bench/twins.mjs [--methods care,pn2v] [--seeds 0,1] [--updates 1000] [--out twins] [--python /usr/bin/python3] [--adapter webassembly] [--table]
// --updates: so many of each method, with the crops of its preset, in place of `budgets`, with which seeds are apart by more than 0.2 dB.
// Both sides train from nothing but `training` below, at the preset that each method starts with, without a validation, and denoise the same test pages, which one code scores. Each result is a file of bench/results/twins, and is not
// measured again while it is there; all of them are in bench/results/twins.md, which --table writes without measuring. --out is the folder of images and models, of which nothing is needed afterwards. Needs torch and numpy. PyTorch has
// --threads threads (default 1), this project those of the adapter; times are those of processors, added up.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modelDenoiser, networkPage } from "@clidim/denoise";
import { chooseAdapter, loadModel, openDevice, train } from "@clidim/denoise/node";
import { denormalize, gaussianBlur, psnr, simulateScenes, ssim } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { mapTree, sizeOf } from "@clidim/tensor";
import { readResults, writeResults } from "./resultFiles.mjs";
import { revision } from "./revision.mjs";

/** What of each preset is made smaller, on both sides: so that a method takes a minute of a processor. */
const budgets = {
  care: { updates: 400 },
  noise2noise: { updates: 400 },
  noise2void: { updates: 300, crop: 32, batch: 16 },
  noise2self: { updates: 300, crop: 48 },
  pn2v: { updates: 300, crop: 32, batch: 8 },
  divnoising: { updates: 1200, crop: 32 },
  vae: { updates: 3000, crop: 32 },
  hdn: { updates: 400, crop: 32 },
  noise2same: { updates: 300, crop: 48 },
  clidim: { updates: 400 },
};

/** The camera of the simulation, which `twins.py` has as its model of the noise; this project estimates it from the training pages. */
const camera = { photons: 30, readNoise: 3, gain: 8, offset: 100 };
const [TRAINING, TEST, SIDE] = [24, 6, 128];

const { values } = parseArgs({
  options: {
    methods: { type: "string", default: Object.keys(budgets).join(",") },
    seeds: { type: "string", default: "0,1" },
    out: { type: "string", default: "twins" },
    python: { type: "string", default: "python3" },
    updates: { type: "string" },
    threads: { type: "string", default: "1" },
    adapter: { type: "string" },
    table: { type: "boolean", default: false },
  },
});
const names = values.methods.split(",");
const unknown = names.find((name) => !(name in budgets));
if (unknown) throw new Error(`twins: expected methods of ${Object.keys(budgets).join(", ")}, got ${unknown}`);
const seeds = values.seeds.split(",").map(Number);
const budgetOf = (name) => (values.updates ? { updates: Number(values.updates) } : budgets[name]);

const scenes = simulateScenes({ seed: 7, size: SIDE, scenes: TRAINING + TEST, frames: 2, ...camera });
const training = scenes.slice(0, TRAINING);
const test = scenes
  .slice(TRAINING)
  .flatMap(({ noisy, clean }) => noisy.map((page) => ({ noisy: page, clean })));

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const scored = (pages) => ({
  psnr: mean(pages.map((page, i) => psnr(page, test[i].clean))),
  ssim: mean(pages.map((page, i) => ssim(page, test[i].clean))),
});
const noisyPages = test.map(({ noisy }) => noisy);
const results = join(import.meta.dirname, "results", "twins");
const resultOf = (name, seed) => join(results, `${name}-${budgetOf(name).updates}-${seed}.json`);

/** The training images as files, and all images as raw numbers for the twins. */
async function writeImages() {
  const folder = join(values.out, "data");
  await mkdir(folder, { recursive: true });
  const files = { noisy: [], clean: [] };
  for (const { name, noisy, clean } of training) {
    for (const [kind, pages] of Object.entries({ noisy, clean: [clean] })) {
      const path = join(folder, `${name}_${kind}.tif`);
      await writeImageFile(path, pages);
      files[kind].push(path);
    }
  }
  const array = async (name, pages, shape) => {
    const path = join(folder, `${name}.f32`);
    await writeFile(path, Float32Array.from(pages.flatMap(({ data }) => Array.from(data))));
    return { path, shape: [...shape, SIDE, SIDE] };
  };
  const arrays = {
    training: {
      noisy: await array(
        "noisy",
        training.flatMap(({ noisy }) => noisy),
        [TRAINING, 2],
      ),
      clean: await array(
        "clean",
        training.map(({ clean }) => clean),
        [TRAINING],
      ),
    },
    test: await array("test", noisyPages, [test.length]),
  };
  return { files, arrays };
}

/** Trains a method and denoises the test pages with it. */
async function ours(name, seed, files) {
  const method = methods.trainedNamed(name);
  const out = join(values.out, `${name}-${seed}`);
  await rm(out, { recursive: true, force: true });
  const start = process.cpuUsage();
  const { manifest } = await train(
    {
      method,
      noisy: files.noisy,
      ...(method.target === "clean" && { clean: files.clean }),
      // The brightness is not calibrated afterwards, which is none of the papers'.
      overrides: { ...budgetOf(name), selection: "last", calibrateFlux: false },
      ...{ seed, validation: 0, out },
    },
    { onWarning: (sentence) => console.error(`  ${sentence}`) },
  );
  const { user, system } = process.cpuUsage(start);
  const model = await loadModel(out, methods);
  const { configuration, normalization } = model;
  let parameters = 0;
  mapTree(({ shape }) => {
    parameters += sizeOf(shape);
  }, model.variables.params);
  const denoise = modelDenoiser(model);
  const pages = [];
  for (const { noisy } of test) {
    const network = networkPage(noisy, normalization, configuration);
    const data = denormalize(await denoise(network, SIDE, SIDE), normalization);
    pages.push({ width: SIDE, height: SIDE, data });
  }
  const { steppedBack } = manifest;
  return {
    configuration,
    scores: {
      ...scored(pages),
      seconds: (user + system) / 1e6,
      parameters,
      ...(steppedBack && { steppedBack }),
    },
  };
}

/** The same in PyTorch. */
async function twin(name, seed, configuration, arrays) {
  const [task, result] = [join(values.out, "task.json"), join(values.out, "result.f32")];
  const threads = Number(values.threads);
  await writeFile(
    task,
    JSON.stringify({ method: name, seed, configuration, camera, threads, ...arrays, result }),
  );
  const script = join(import.meta.dirname, "twins.py");
  const { status, stdout, error } = spawnSync(values.python, [script, task], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error ?? status !== 0) {
    throw new Error(`twins: ${values.python} ${script} failed; it needs torch and numpy`, { cause: error });
  }
  const { seconds, parameters } = JSON.parse(stdout);
  const { buffer, byteOffset, byteLength } = await readFile(result);
  const data = new Float32Array(buffer, byteOffset, byteLength / 4);
  const size = SIDE * SIDE;
  const pages = test.map((_, i) => ({
    width: SIDE,
    height: SIDE,
    data: data.subarray(i * size, (i + 1) * size),
  }));
  return { ...scored(pages), seconds, parameters };
}

/** The blur that is best for the test pages, chosen by looking at the truth. */
function bestBlur() {
  let best = { psnr: Number.NEGATIVE_INFINITY };
  for (let sigma = 0.5; sigma < 4; sigma *= 1.05) {
    const scores = scored(noisyPages.map((page) => gaussianBlur(page, sigma)));
    if (scores.psnr > best.psnr) best = { ...scores, sigma };
  }
  return best;
}

/** bench/results/twins.md: a row per method and seed, and their means. */
async function writeTable() {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const [db, part] = [(value) => value.toFixed(2), (value) => value.toFixed(4)];
  const signed = (value, digits) => `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
  const rows = [];
  const revisions = new Set();
  const measured = readdirSync(results)
    .map((file) => readResults(join(results, file)))
    .sort((a, b) => a.updates - b.updates || a.seed - b.seed);
  const groups = Object.keys(budgets).flatMap((name) => {
    const runs = measured.filter(({ method }) => method === name);
    const lengths = new Set(runs.map(({ updates }) => updates));
    return [...lengths].map((updates) => ({ name, runs: runs.filter((run) => run.updates === updates) }));
  });
  for (const { name, runs } of groups) {
    const cells = (label, all) => {
      const of = (side, key) => mean(all.map((run) => run[side][key]));
      const apart = (key) => of("ours", key) - of("twin", key);
      return line([
        label,
        `${all[0].updates} x ${all[0].batch} x ${all[0].crop}²`,
        ...[db(of("ours", "psnr")), db(of("twin", "psnr")), signed(apart("psnr"), 2)],
        ...[part(of("ours", "ssim")), part(of("twin", "ssim")), signed(apart("ssim"), 4)],
        ...[of("ours", "seconds").toFixed(0), of("twin", "seconds").toFixed(0)],
      ]);
    };
    for (const run of runs) {
      revisions.add(run.revision);
      rows.push(cells(`${name}, seed ${run.seed}`, [run]));
    }
    if (runs.length > 1) rows.push(cells(`**${name}, mean**`, runs));
  }
  const blur = bestBlur();
  const noisy = scored(noisyPages);
  const text = [
    "# Methods and their twins in PyTorch",
    "",
    `\`node bench/twins.mjs\`, revisions ${[...revisions].join(", ")}. Simulated filaments and nuclei with known truth, ${camera.photons} photons, read noise of ${camera.readNoise} electrons: ${TRAINING} fields of ${SIDE} x ${SIDE} pixels with two captures each to train on, both captures of ${TEST} others to test. ` +
      `Noisy: ${db(noisy.psnr)} dB, SSIM ${part(noisy.ssim)}; best Gaussian blur (sigma ${db(blur.sigma)}, chosen on the truth): ${db(blur.psnr)} dB, ${part(blur.ssim)}.`,
    "",
    line([
      "method",
      "updates, crops, pixels",
      "PSNR",
      "twin",
      "difference",
      "SSIM",
      "twin",
      "difference",
      "s of processor",
      "twin",
    ]),
    line(["---", ...Array(9).fill("---:")]),
    ...rows,
    "",
  ];
  await writeFile(join(import.meta.dirname, "results", "twins.md"), text.join("\n"));
}

if (!values.table) {
  const { files, arrays } = await writeImages();
  if (values.adapter !== undefined) chooseAdapter(values.adapter);
  await openDevice();
  for (const name of names) {
    for (const seed of seeds) {
      const path = resultOf(name, seed);
      if (readResults(path)) continue;
      const { configuration, scores } = await ours(name, seed, files);
      const { updates, batch, crop } = configuration;
      const result = {
        ...{ method: name, seed, updates, batch, crop, revision: revision(), ours: scores },
        twin: await twin(name, seed, configuration, arrays),
      };
      if (result.ours.parameters !== result.twin.parameters) {
        throw new Error(
          `twins: ${name} has ${result.ours.parameters} parameters and its twin ${result.twin.parameters}: they are not the same network`,
        );
      }
      writeResults(path, result);
      const apart = result.ours.psnr - result.twin.psnr;
      console.log(
        `${name}, seed ${seed}: ${result.ours.psnr.toFixed(2)} dB, twin ${result.twin.psnr.toFixed(2)} dB, difference ${apart.toFixed(2)} dB; ` +
          `SSIM ${result.ours.ssim.toFixed(4)}, ${result.twin.ssim.toFixed(4)}; ${result.ours.seconds.toFixed(0)} s, ${result.twin.seconds.toFixed(0)} s`,
      );
    }
  }
}
await writeTable();
