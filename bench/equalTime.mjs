// Sets the `updates` of each variant of an ablation file to what it trains in equal processor time, so that `clidim ablate` compares networks of different size fairly:
//   node bench/equalTime.mjs docs/ablations/search.yaml --data data --seconds 100 --out search-100.yaml
//   npx clidim ablate --config search-100.yaml --data data --out search-100
// Each variant is timed on the training files of the first data set: the processor time of this process from update 20 to update 80, with the device's threads where it runs on the processor.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveConfiguration } from "@clidim/denoise";
import { train } from "@clidim/denoise/node";
import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { methods } from "@clidim/methods";

const [WARM_UP, TIMED] = [20, 80];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "." },
    seconds: { type: "string", default: "100" },
    out: { type: "string" },
  },
});
const [path] = positionals;
const seconds = Number(values.seconds);
if (!path || !values.out || !(seconds > 0)) {
  throw new Error("equalTime: expected an ablation file, --out FILE and --seconds above 0");
}
const { values: ablation } = parseConfigurationYaml(await readFile(path, "utf8"), path);

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Of one update, at equal settings but for the number of updates. */
async function secondsPerUpdate(method, preset, overrides) {
  const files = (names) => [names].flat().map((name) => join(values.data, name));
  const { noisy, clean } = ablation.data[0].train;
  const out = await mkdtemp(join(tmpdir(), "equal-time-"));
  const seen = [];
  try {
    await train(
      {
        method,
        preset,
        noisy: files(noisy),
        ...(clean && clean !== "average" && { clean: files(clean) }),
        overrides: { ...overrides, updates: TIMED },
        validation: 0,
        force: true,
        out: join(out, "run"),
      },
      {
        onProgress: ({ update }) => {
          if (update >= WARM_UP) seen.push({ update, seconds: processorSeconds() });
        },
      },
    );
  } finally {
    await rm(out, { recursive: true });
  }
  const [first, last] = [seen[0], seen.at(-1)];
  return (last.seconds - first.seconds) / (last.update - first.update);
}

for (const variant of ablation.variants) {
  const method = methods.trainedNamed(variant.method ?? ablation.method ?? "clidim");
  const preset = variant.preset ?? ablation.preset;
  const overrides = { ...ablation.overrides, ...variant.overrides };
  // Refuses what cannot be trained before anything is timed.
  resolveConfiguration(method, preset ?? method.space.presets[0], overrides);
  const each = await secondsPerUpdate(method, preset, overrides);
  variant.overrides = { ...variant.overrides, updates: Math.max(1, Math.round(seconds / each)) };
  console.log(`${variant.name}: ${(1000 * each).toFixed(1)} ms, ${variant.overrides.updates} updates`);
}
// JSON is YAML too.
await writeFile(values.out, `${JSON.stringify(ablation, undefined, 2)}\n`);
