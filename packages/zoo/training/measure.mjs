// Measures a model of the zoo beside methods without training, which choose their parameters on each noisy image itself. From the root of the built repository:
//   node packages/zoo/training/measure.mjs --out scores.json [--model model.safetensors] [--real pairs.json]
// Real pairs are a list of {"images", "noisy", "clean", "pages", "scale"}: files, pages of them, and what clean grey values are multiplied by. What is in scores.json already is not computed again.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { atOnce } from "@clidim/denoise";
import { denoiseFiles } from "@clidim/denoise/node";
import { cutPlane, psnr, simulateScenes, ssim } from "@clidim/imaging";
import { exists, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { capture, drawScene, kinds } from "./structures.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    model: { type: "string" },
    real: { type: "string" },
    side: { type: "string", default: "128" },
    count: { type: "string", default: "2" },
    classical: { type: "string", default: "bm3d,nlm" },
  },
});
const [side, count] = [Number(values.side), Number(values.count)];
/** No scene of the training has it. */
const SEED = 90210;

const middle = ({ width, height, data }) =>
  cutPlane(
    { width, height, data },
    { x: (width - side) >> 1, y: (height - side) >> 1, width: side, height: side },
  );

/** Pairs by set: {images, simulated, noisy, clean}, planes of grey values. */
async function* pairs() {
  for (const [k, kind] of kinds.entries()) {
    for (let i = 0; i < count; i++) {
      const number = k * count + i;
      const photons = [8, 40, 200][(number + k) % 3];
      const drawn = capture(SEED, number, drawScene(SEED, number, side, kind), { photons });
      const plane = (data) => ({ width: side, height: side, data });
      yield { images: kind, simulated: true, noisy: plane(drawn.noisy), clean: plane(drawn.clean) };
    }
  }
  // Drawn by another program, and seen by another camera, than what is trained on.
  for (const photons of [10, 30, 100]) {
    const camera = { photons, gain: 2.3, offset: 400, readNoise: 2 };
    for (const scene of simulateScenes({ seed: SEED, size: side, scenes: count, frames: 1, ...camera })) {
      yield {
        images: `nuclei under filaments, ${photons} photons`,
        simulated: true,
        noisy: scene.noisy[0],
        clean: scene.clean,
      };
    }
  }
  for (const { images, noisy, clean, pages, scale = 1 } of values.real
    ? JSON.parse(await readFile(values.real, "utf8"))
    : []) {
    for (const [of, truth] of pages) {
      const [image, wanted] = [(await readStack(noisy)).pages[of], (await readStack(clean)).pages[truth]];
      const data = Float32Array.from(wanted.data, (value) => scale * value);
      yield { images, simulated: false, noisy: middle(image), clean: middle({ ...wanted, data }) };
    }
  }
}

const scores = (await exists(values.out)) ? JSON.parse(await readFile(values.out, "utf8")) : {};
const folder = await mkdtemp(join(tmpdir(), "clidim-"));
let at = 0;
for await (const { images, simulated, noisy, clean } of pairs()) {
  const key = `${at++} ${images}`;
  const one = scores[key] ?? { images, simulated };
  scores[key] = one;
  const judge = (plane) => ({ psnr: psnr(plane, clean), ssim: ssim(plane, clean) });
  one.noisy ??= judge(noisy);
  for (const name of values.classical.split(",").filter(Boolean)) {
    if (one[name]) continue;
    const method = methods.classicalNamed(name);
    one[name] = judge(method.apply(noisy, atOnce(method.fit([noisy]))));
  }
  if (values.model) {
    const file = join(folder, "noisy.tif");
    const data = Float32Array.from(noisy.data);
    await writeImageFile(file, [{ width: side, height: side, dtype: "float32", data }]);
    for (const [name, ensemble] of [
      ["model", false],
      ["ensemble", true],
    ]) {
      const out = join(folder, "out");
      await denoiseFiles({ methods, model: values.model, files: [file], out, ensemble, overwrite: true });
      one[name] = judge((await readStack(join(out, "noisy.tif"))).pages[0]);
    }
  }
  await writeFile(values.out, `${JSON.stringify(scores, null, 1)}\n`);
  console.log(key, JSON.stringify(one));
}
await rm(folder, { recursive: true });

// As the card of the model has it: means over the images of a set, the model in eight orientations.
const sets = new Map();
for (const one of Object.values(scores)) sets.set(one.images, [...(sets.get(one.images) ?? []), one]);
const meanOf = (list) => {
  const mean = (name) => list.reduce((sum, one) => sum + one[name], 0) / list.length;
  return { psnr: Number(mean("psnr").toFixed(2)), ssim: Number(mean("ssim").toFixed(3)) };
};
const rows = [...sets].map(([images, list]) => {
  const of = (name) => meanOf(list.map((one) => one[name]));
  const classical = Object.keys(list[0])
    .filter(
      (name) => methods.classical.some((method) => method.name === name) && list.every((one) => one[name]),
    )
    .map((method) => ({ method, ...of(method) }))
    .toSorted((a, b) => b.psnr - a.psnr)[0];
  const { simulated } = list[0];
  return { images, simulated, count: list.length, noisy: of("noisy"), model: of("ensemble"), classical };
});
console.log(JSON.stringify(rows, null, 2));
