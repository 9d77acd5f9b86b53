/**
 * node bench/report.mjs [--check]: writes the newest results of every adapter into the tables of docs/performance.md, between the comments
 * `<!-- bench: name -->` and `<!-- end -->`. `--check` only says whether they are there already.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { latestResults } from "./resultFiles.mjs";

const page = join(import.meta.dirname, "../docs/performance.md");
const adapters = latestResults();

const tables = { steps, resources, kernels, start, profile };

const text = readFileSync(page, "utf8");
const written = text.replace(
  /(<!-- bench: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, begin, name, end) => `${begin}\n${adapters.map(tables[name]).filter(Boolean).join("\n")}\n${end}`,
);
if (process.argv.includes("--check")) {
  if (written !== text) {
    console.error("docs/performance.md is not what bench/results say; run node bench/report.mjs");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, written);
}

function table(titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const align = titles.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(titles), line(align), ...rows.map(line), ""].join("\n");
}

/** Three digits. */
function number(value) {
  if (value === undefined || !Number.isFinite(value)) return "";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "";
}

function revisionsOf(rows) {
  const known = new Set(rows.map(({ revision }) => revision).filter(Boolean));
  return known.size > 0 ? `, revision ${[...known].join(", ")}` : "";
}

/** What a table's figures are from. */
function caption({ adapter, machine, ...results }, rows) {
  const cores = machine ? `, ${machine.cores} cores` : "";
  const loads = rows.flatMap(({ load }) => load ?? []);
  const load =
    loads.length > 0 ? `, load ${number(Math.min(...loads))} to ${number(Math.max(...loads))}` : "";
  const quick = rows.some(({ quick }) => quick) ? ", some of them quick measurements" : "";
  return `${adapter.adapter}${cores}, ${results.date.slice(0, 10)}${revisionsOf(rows)}${load}${quick}:\n`;
}

/** Whole steps and inference: times, and how many times as long the others take. */
function steps(results) {
  const rows = results.rows.filter(({ name }) => /^(step|inference)/.test(name));
  if (rows.length === 0) return undefined;
  const lines = rows.flatMap(({ name, results: measured }) =>
    measured.map((one) => [
      `${name}, ${one.name}`,
      number(one.milliseconds),
      one.ratio === undefined ? "" : number(one.ratio),
      number(one.gflops),
      percent(one.ofLimit),
    ]),
  );
  return `${caption(results, rows)}\n${table(["", "ms", "ratio", "GFLOP/s", "of the limit"], lines)}`;
}

/** What a call costs the host, and what it asks of WebGPU. */
function resources(results) {
  const rows = results.rows.filter(({ name }) => /^(chain|step|inference)/.test(name));
  if (rows.length === 0) return undefined;
  const lines = rows.flatMap(({ name, results: measured }) =>
    measured
      .filter(({ counts }) => counts?.dispatches)
      .map(({ name: who, counts, hostMilliseconds, milliseconds }) => [
        `${name}, ${who}`,
        counts.dispatches,
        counts.passes,
        counts.submits,
        counts.buffers,
        counts.bindGroups,
        number(hostMilliseconds),
        hostMilliseconds === undefined ? "" : number((1e3 * hostMilliseconds) / counts.dispatches),
        hostMilliseconds === undefined ? "" : percent(hostMilliseconds / milliseconds),
        number(counts.peakBytes / 2 ** 20),
      ]),
  );
  const titles = ["", "dispatches", "passes", "submits", "buffers", "bind groups"];
  const costs = ["host ms", "host us per dispatch", "host share", "peak MiB"];
  return `${caption(results, rows)}\n${table([...titles, ...costs], lines)}`;
}

/** Products and convolutions, and the best of the others on the same adapter. */
function kernels(results) {
  const rows = results.rows.filter(({ name }) => /^(matmul|conv)/.test(name));
  if (rows.length === 0) return undefined;
  const lines = rows.flatMap(({ name, results: measured }) => {
    const ours = measured.find((one) => one.name === "clidim");
    if (!ours) return [];
    const bestOf = (names) => {
      const ratios = measured.filter((one) => names.test(one.name)).map(({ ratio }) => ratio);
      return ratios.length > 0 ? number(Math.min(...ratios)) : "";
    };
    return [
      [
        name,
        number(ours.milliseconds),
        number(ours.gflops),
        percent(ours.ofLimit),
        bestOf(/^(tfjs|jax)/),
        bestOf(/^pytorch/),
      ],
    ];
  });
  const titles = ["", "ms", "GFLOP/s", "of the limit", "tfjs or jax-js", "PyTorch"];
  return `${caption(results, rows)}\n${table(titles, lines)}`;
}

/** From the start of a process to its first step. */
function start(results) {
  if (!results.start?.length) return undefined;
  const lines = results.start.map(
    ({ shaderCache, milliseconds, openMilliseconds, firstStepMilliseconds, load }) => [
      shaderCache,
      ...[openMilliseconds, firstStepMilliseconds, milliseconds].map((time) => number(time / 1e3)),
      number(load),
    ],
  );
  const titles = ["shader cache", "device open, s", "first step, s", "together, s", "load"];
  return `${caption(results, [])}\n${table(titles, lines)}`;
}

/** A step's time on the device by kind of kernel: the first word of a kernel's name, and its tile where it has one. */
function profile(results) {
  const parts = Object.entries(results.profiles ?? {}).map(([name, measured]) => {
    const kinds = new Map();
    for (const { label, dispatches, milliseconds, flops } of measured.kernels) {
      const kind = label.split(" ")[0];
      const entry = kinds.get(kind) ?? { dispatches: 0, milliseconds: 0, flops: 0 };
      entry.dispatches += dispatches;
      entry.milliseconds += milliseconds;
      entry.flops += flops;
      kinds.set(kind, entry);
    }
    const all = measured.kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const lines = [...kinds]
      .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
      .map(([kind, { dispatches, milliseconds, flops }]) => [
        kind,
        dispatches,
        number(milliseconds),
        percent(milliseconds / all),
        flops > 0 ? number(flops / milliseconds / 1e6) : "",
      ]);
    lines.push([
      "together",
      measured.kernels.reduce((sum, { dispatches }) => sum + dispatches, 0),
      number(all),
      "",
      "",
    ]);
    const what = `\`${name}\`, one dispatch per pass; without profiling a step took ${number(measured.milliseconds)} ms. `;
    const from = caption({ ...results, date: measured.date }, [{ ...measured, load: [measured.load] }]);
    return `${what}${from}\n${table(["kernels", "dispatches", "ms", "share", "GFLOP/s"], lines)}`;
  });
  return parts.length > 0 ? parts.join("\n") : undefined;
}
