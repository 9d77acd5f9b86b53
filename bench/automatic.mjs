// What the automatic choice of `clidim denoise` is worth: noisy pages with truth through the command line as it is shipped, beside the best Gaussian blur and the best of what could have been chosen, both of which look at the truth:
//   node bench/automatic.mjs data [names]
// `data` has the folders fmd-confocal-nuclei, fmd-confocal-singles, w2s-widefield and hagen-bpae; 20 simulated pages come after them, and pages with noise that pixels share. `names`, a regular expression, says which. Each page is
// a file of 32-bit floats, so that no result is rounded, and is judged in its middle 192 x 192 pixels, against the truth as the capture saw it (alignedTruth.mjs), and against it as it was published.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { counterRandom, cutPlane, gaussianBlur, psnr, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { zooModels } from "@clidim/zoo";
import { alignedTruth } from "./alignedTruth.mjs";
import { realPages } from "./realPages.mjs";

const [data, names = ""] = process.argv.slice(2);
const wanted = new RegExp(names);
if (!data) throw new Error("automatic: expected the folder of the data");

const SIDE = 192;

/** Of each exposure a field of one camera, and another one of one of four. */
function* simulatedPages() {
  const cameras = [
    { readNoise: 0, gain: 1 },
    { readNoise: 1, gain: 20 },
    { readNoise: 2, gain: 2 },
    { readNoise: 6, gain: 4 },
  ];
  for (const [i, photons] of [2, 5, 10, 20, 30, 50, 75, 100, 150, 200].entries()) {
    for (const [k, camera] of [{}, cameras[i % cameras.length]].entries()) {
      const scenes = simulateScenes({ seed: 100 + i, photons, size: SIDE, scenes: 2, frames: 1, ...camera });
      yield { name: `simulated ${photons} photons, ${k}`, noisy: scenes[k].noisy[0], truth: scenes[k].clean };
    }
  }
}

/** Noise that pixels share, for which no method was made at first: smoothed by a Gaussian, or half of its variance that of whole lines; two scenes of two exposures. */
function* sharedNoise() {
  for (const photons of [10, 60]) {
    for (const scene of simulateScenes({ seed: 200 + photons, photons, size: SIDE, scenes: 2, frames: 1 })) {
      const { clean: truth } = scene;
      const noise = {
        ...truth,
        data: Float64Array.from(scene.noisy[0].data, (value, i) => value - truth.data[i]),
      };
      const deviation = Math.sqrt(
        noise.data.reduce((sum, value) => sum + value * value, 0) / noise.data.length,
      );
      const { normal } = counterRandom(photons);
      const lines = Float64Array.from({ length: 2 * SIDE }, () => deviation * normal());
      const row = (i) => lines[Math.floor(i / SIDE)];
      const column = (i) => lines[SIDE + (i % SIDE)];
      const kinds = {
        "smoothed by 0.6": gaussianBlur(noise, 0.6).data,
        "smoothed by 1": gaussianBlur(noise, 1).data,
        "of rows": noise.data.map((value, i) => value + row(i)),
        "of rows and columns": noise.data.map((value, i) => value + row(i) + column(i)),
      };
      for (const [kind, errors] of Object.entries(kinds)) {
        const noisy = { ...truth, data: Float64Array.from(errors, (value, i) => truth.data[i] + value) };
        yield { name: `shared ${kind}, ${photons} photons, ${scene.name}`, noisy, truth };
      }
    }
  }
}

async function* pages() {
  for await (const { name, noisy, clean } of realPages(data)) {
    if (!wanted.test(name)) continue;
    const { truth, shift, scale } = alignedTruth(clean, noisy);
    const moved = `${shift.x.toFixed(2)}, ${shift.y.toFixed(2)}, ${scale.toFixed(3)}`;
    yield { name, noisy, truth, published: clean, moved };
  }
  for (const page of [...simulatedPages(), ...sharedNoise()]) {
    if (wanted.test(page.name)) yield { ...page, published: page.truth, moved: "" };
  }
}

const middle = (page) => {
  const [width, height] = [Math.min(SIDE, page.width), Math.min(SIDE, page.height)];
  return cutPlane(page, { x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
};

/** A page through the command line: the result, and why it is from which method. */
async function denoised(page, folder, ...args) {
  const [file, out] = [join(folder, "page.tif"), join(folder, "out")];
  await writeImageFile(file, [{ ...page, data: Float32Array.from(page.data), dtype: "float32" }]);
  const program = fileURLToPath(new URL("../packages/cli/bin/clidim.js", import.meta.url));
  const command = [program, "denoise", file, "--out", out, "--overwrite", "--json", ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const { chosen } = JSON.parse(stdout.trim().split("\n").at(-1));
  return { result: (await readStack(join(out, "page.tif"))).pages[0], chosen };
}

function bestBlur(part, truth) {
  const sigmas = Array.from({ length: 39 }, (_, i) => 0.3 * 1.08 ** i);
  return Math.max(...sigmas.map((sigma) => psnr(gaussianBlur(part, sigma), truth)));
}

const contesting = methods.classical.filter(({ contest }) => contest);
const folder = await mkdtemp(join(tmpdir(), "automatic-"));
const columns = [
  ...["page", "noisy", "best blur", ...contesting.map(({ title }) => title), "ready model", "taken"],
  ...[
    "below the best",
    "over the best blur",
    "as published",
    "truth moved by x, y and scaled by",
    "s",
    "why",
  ],
];
console.log(`| ${columns.join(" | ")} |\n|${columns.map(() => " --- |").join("")}`);
let [count, worst, farthest] = [0, Number.POSITIVE_INFINITY, 0];
for await (const { name, noisy, truth: whole, published, moved } of pages()) {
  const [part, truth] = [middle(noisy), middle(whole)];
  const blur = bestBlur(part, truth);
  // What each chooses by itself takes minutes for all methods; the candidates that the truth prefers stand for it.
  const reached = contesting.map((method) => {
    const { candidates } = method.contest;
    const results = candidates.map((one) => method.apply(part, one));
    return Math.max(...results.map((result) => psnr(result, truth)));
  });
  const ready = await denoised(noisy, folder, "--model", `zoo:${zooModels[0].name}`);
  reached.push(psnr(middle(ready.result), truth));
  const start = performance.now();
  const { result, chosen } = await denoised(noisy, folder);
  const seconds = (performance.now() - start) / 1000;
  const own = psnr(middle(result), truth);
  const [below, over] = [Math.max(...reached) - own, own - blur];
  const asPublished = psnr(middle(result), middle(published)) - bestBlur(part, middle(published));
  [count, worst, farthest] = [count + 1, Math.min(worst, over), Math.max(farthest, below)];
  const figures = [psnr(part, truth), blur, ...reached, own, below, over, asPublished];
  const row = [name, ...figures.map((figure) => figure.toFixed(2)), moved, seconds.toFixed(0), chosen];
  console.log(`| ${row.join(" | ")} |`);
}
await rm(folder, { recursive: true });
console.log(
  `\n${count} pages: over the best blur by ${worst.toFixed(2)} dB at least, below the best by ${farthest.toFixed(2)} dB at most`,
);
