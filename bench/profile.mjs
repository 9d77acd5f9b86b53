/**
 * node bench/profile.mjs [row]: where the time of a training step goes on the device, kernel by kernel, and in JavaScript. Rows are
 * those of run.mjs that start with "step". What is printed is kept in the adapter's file of results.
 */
import { loadavg } from "node:os";
import { clidim } from "@clidim/clidim";
import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { compile, Device, evaluate, setDefaultDevice, tensor } from "@clidim/tensor";
import { readResults, resultFile, writeResults } from "./resultFiles.mjs";
import { revision } from "./revision.mjs";
import { rowsFor } from "./rows.mjs";
import { values } from "./values.mjs";

const name = process.argv[2] ?? "step.laptop.clidim";
const device = await Device.open();
setDefaultDevice(device);
const row = rowsFor({ gpu: device.traits.kind === "gpu", sizes: [] }).find((other) => other.name === name);
if (!row?.name.startsWith("step")) throw new Error(`profile: there is no training step ${name}`);

const { preset, ...changes } = row.spec.configuration;
const configuration = resolveConfiguration(clidim, preset, changes);
const { batch, crop } = configuration;
const image = (seed) => tensor(values(batch * crop * crop, seed), { shape: [batch, crop, crop, 1] });
const images = { noisy: image(4), clean: image(5) };
const step = compile(trainingUpdate(configuration, clidim.phases(configuration).at(-1)), { donate: [0] });
let state = initialTrainingState(clidim, configuration, 1);
await evaluate([state, images]);
for (let i = 0; i < 4; i++) state = await step(state, images);
await device.synchronize();

const timings = await device.profile(async () => {
  state = await step(state, images);
});
const steps = 20;
const began = performance.now();
for (let i = 0; i < steps; i++) state = await step(state, images);
const queued = (performance.now() - began) / steps;
await device.gpu.queue.onSubmittedWorkDone();
const milliseconds = (performance.now() - began) / steps;

console.log(`${name} on ${device}, load ${loadavg()[0].toFixed(1)}`);
console.log(String(timings));
console.log(
  `${milliseconds.toFixed(1)} ms per step, ${queued.toFixed(2)} ms until it is queued, over ${steps} steps`,
);

const date = new Date().toISOString();
const file = resultFile(String(device), date);
const results = readResults(file) ?? { adapter: { adapter: String(device) }, date, rows: [], start: [] };
const profile = {
  date,
  revision: revision(),
  load: loadavg()[0],
  milliseconds,
  queued,
  kernels: timings.kernels,
};
writeResults(file, { ...results, profiles: { ...results.profiles, [name]: profile } });
process.exit(0);
