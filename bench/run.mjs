/**
 * pnpm bench [rows] [--peers names] [--quick] [--rounds n]
 *
 * Measures this project beside others on the same adapter and writes a table and bench/results/<adapter>-<date>.json.
 *
 *   rows     whose names start with one of these: chain, matmul.512, conv.laptop.c4, step, inference, start, batch (also as --only a,b)
 *   --peers  implementations whose name starts with one of these; "none" for this project alone
 *   --quick  three short rounds and small sizes
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Child } from "./child.mjs";
import { implementationsFor } from "./implementations.mjs";
import { measureBatch } from "./measureBatch.mjs";
import { measureRow } from "./measureRow.mjs";
import { measureStart } from "./measureStart.mjs";
import { readResults, resultFile, writeResults } from "./resultFiles.mjs";
import { revision } from "./revision.mjs";
import { rowsFor } from "./rows.mjs";
import { printBatch, printResources, printRow, printStart } from "./table.mjs";

const here = import.meta.dirname;
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    peers: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
  },
});
const only = [options.only, ...positionals].filter(Boolean).join();
const startsWithOne = (list) => (name) =>
  list === "" || list.split(",").some((start) => name.startsWith(start.trim()));

await prepareRepository();
const folder = mkdtempSync(join(tmpdir(), "clidim-bench-"));
const limitCommand = [process.execPath, join(here, "limit.mjs")];
const clidimCommand = [process.execPath, join(here, "clidim.mjs")];
try {
  const adapter = await adapterOf();
  const gpu = adapter.kind === "gpu";
  console.log(`${adapter.adapter}, ${gpu ? "a GPU" : "software"}, load ${loadavg()[0].toFixed(1)}`);
  const implementations = implementationsFor({ gpu }).filter(
    ({ name }) => name === "clidim" || (options.peers !== "none" && startsWithOne(options.peers)(name)),
  );
  for (const { name, missing } of implementations) if (missing) console.log(`missing: ${name} (${missing})`);
  // A product of 4096 takes a software adapter a minute per round.
  const sizes = gpu ? [256, 512, 1024, 2048, 4096] : options.quick ? [256, 512] : [256, 512, 1024];
  const rows = rowsFor({ gpu, sizes }).filter(({ name }) => startsWithOne(only)(name));
  const results = {
    adapter,
    date: new Date().toISOString(),
    machine: {
      processor: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memory: totalmem(),
      system: `${process.platform} ${release()}`,
      node: process.version,
    },
    revision: revision(),
    missing: Object.fromEntries(
      implementations.filter(({ missing }) => missing).map(({ name, missing }) => [name, missing]),
    ),
    rows: [],
    start: [],
    batch: [],
  };
  const file = resultFile(adapter.adapter, results.date);
  // What was measured earlier on the same day stays until it is measured again.
  const save = () => {
    const before = readResults(file) ?? { rows: [], start: [] };
    const names = new Set(results.rows.map(({ name }) => name));
    const rows = [...before.rows.filter(({ name }) => !names.has(name)), ...results.rows];
    const start = results.start.length > 0 ? results.start : before.start;
    const batch = results.batch.length > 0 ? results.batch : (before.batch ?? []);
    writeResults(file, { ...before, ...results, rows, start, batch });
  };

  const present = implementations.filter(({ missing }) => !missing);
  const schedule = {
    rounds: Number(options.rounds ?? (options.quick ? 3 : 5)),
    seconds: options.quick ? 0.3 : 1,
  };
  for (const group of new Set(rows.map((row) => row.group))) {
    const limit = new Child(limitCommand);
    const children = [];
    try {
      await limit.ask({ do: "start" });
      for (const row of rows.filter((other) => other.group === group)) {
        const able = present.filter(({ kinds }) => kinds.has(row.spec.kind));
        const result = await measureRow(row, able, { children, limit, folder, schedule });
        const { quick } = options;
        results.rows.push({ ...result, quick, revision: results.revision, date: new Date().toISOString() });
        printRow(result);
        save();
      }
    } finally {
      await Promise.all([limit, ...children.map(({ child }) => child)].map((child) => child.quit()));
    }
  }
  if (startsWithOne(only)("start")) {
    results.start = await measureStart(clidimCommand, { gpu, folder });
    printStart(results.start);
    save();
  }
  if (startsWithOne(only)("batch")) {
    results.batch = await measureBatch({ folder, quick: options.quick, rounds: options.quick ? 1 : 3 });
    printBatch(results.batch);
    save();
  }
  printResources(results.rows);
  console.log(`\n${file}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** In the repository the packages and the peers may have to be built and installed; a bundle brings what it has. */
async function prepareRepository() {
  const build = join(here, "../scripts/build-packages.mjs");
  if (!existsSync(build)) return;
  const { buildPackages } = await import(build);
  await buildPackages();
  if (options.peers === "none" || existsSync(join(here, "node_modules"))) return;
  console.log("Installing the peers into bench/node_modules (460 MB, once)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) console.log("The peers cannot be installed; they are reported as missing.");
}

async function adapterOf() {
  const child = new Child(clidimCommand);
  try {
    return await child.ask({ do: "start" });
  } finally {
    await child.quit();
  }
}
