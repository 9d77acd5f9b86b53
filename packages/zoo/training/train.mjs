// Trains the model of the zoo. From the root of the built repository:
//   node packages/zoo/training/train.mjs FOLDER [--resume]
// The same seed gives the same file, bit by bit, on the same adapter.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportModel, importModel } from "@clidim/denoise";
import { train } from "@clidim/denoise/node";
import { expectedInNoiseUnits, noiseUnitsOf, toNoiseUnits } from "@clidim/imaging";
import { exists, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { capture, drawScene } from "./structures.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    scenes: { type: "string", default: "400" },
    size: { type: "string", default: "192" },
    updates: { type: "string", default: "12000" },
    resume: { type: "boolean", default: false },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("train: say where to: a folder");
const [seed, scenes, size, updates] = [values.seed, values.scenes, values.size, values.updates].map(Number);

const images = join(out, "images");
await mkdir(images, { recursive: true });
const noisyFiles = [];
const cleanFiles = [];
for (let number = 0; number < scenes; number++) {
  const name = join(images, String(number).padStart(4, "0"));
  const files = { noisy: `${name}-noisy.tif`, clean: `${name}-clean.tif` };
  // Those of an earlier run are the same.
  if (!(await exists(files.clean))) {
    const { noisy, clean } = capture(seed, number, drawScene(seed, number, size));
    const units = noiseUnitsOf({ width: size, height: size, data: noisy });
    if (!units) throw new Error(`train: scene ${number} has no noise`);
    const page = (data) => [{ width: size, height: size, dtype: "float32", data }];
    await writeImageFile(files.noisy, page(toNoiseUnits(noisy, units)));
    await writeImageFile(files.clean, page(expectedInNoiseUnits(clean, units)));
  }
  noisyFiles.push(files.noisy);
  cleanFiles.push(files.clean);
}
console.log(`${noisyFiles.length} scenes`);

const model = join(out, "model");
let told = 0;
const result = await train(
  {
    method: methods.trainedNamed("clidim"),
    preset: "quick",
    noisy: noisyFiles,
    clean: cleanFiles,
    out: model,
    seed,
    validation: 0.03,
    // BM3D is what it is measured against.
    overrides: { updates, blend: "none" },
    force: true,
    resume: values.resume,
  },
  {
    onWarning: (sentence) => console.log(sentence),
    onProgress: (progress) => {
      if (Date.now() - told < 20_000) return;
      told = Date.now();
      console.log(JSON.stringify(progress));
    },
    onValidation: (record) => console.log(JSON.stringify(record)),
  },
);
console.log(JSON.stringify(result));

// As it is shipped: weights in halves, of images in units of their noise.
const { variables, ...kept } = importModel(await readFile(join(model, "model.safetensors")), methods);
const file = join(out, "fluorescence.safetensors");
await writeFile(file, await exportModel(variables, { ...kept, units: "noise" }, { halves: true }));
console.log(file);
