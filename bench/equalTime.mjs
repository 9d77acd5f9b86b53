// Sets the `updates` of each variant of an ablation file to what it trains in equal processor time, so that `clidim ablate` compares networks of different size fairly:
//   node bench/equalTime.mjs docs/ablations/search.yaml --data data --seconds 100 --out search-100.yaml
//   npx clidim ablate --config search-100.yaml --data data --out search-100
// Each variant is timed on the training files of the first data set.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveConfiguration } from "@clidim/denoise";
import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { methods } from "@clidim/methods";
import { secondsPerUpdate } from "./secondsPerUpdate.mjs";

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

const files = (names) => [names].flat().map((name) => join(values.data, name));
const { noisy, clean } = ablation.data[0].train;

for (const variant of ablation.variants) {
  const method = methods.trainedNamed(variant.method ?? ablation.method ?? "clidim");
  const preset = variant.preset ?? ablation.preset;
  const overrides = { ...ablation.overrides, ...variant.overrides };
  // Refuses what cannot be trained before anything is timed.
  resolveConfiguration(method, preset ?? method.space.presets[0], overrides);
  const each = await secondsPerUpdate({
    method,
    preset,
    noisy: files(noisy),
    ...(clean && clean !== "average" && { clean: files(clean) }),
    overrides,
  });
  variant.overrides = { ...variant.overrides, updates: Math.max(1, Math.round(seconds / each)) };
  console.log(`${variant.name}: ${(1000 * each).toFixed(1)} ms, ${variant.overrides.updates} updates`);
}
// JSON is YAML too.
await writeFile(values.out, `${JSON.stringify(ablation, undefined, 2)}\n`);
