/**
 * node bench/gpu-isa/run.mjs --mesa DIR [--intel-shim FILE] [--cuda DIR] [options]: what the compilers of GPUs make of the kernels, without a GPU. README.md beside this file has the setup, and
 * docs/performance.md how to read the tables.
 *
 *   --gpus NAMES     some of "RDNA 2", "RDNA 3", "Iris Xe", "Arc", "Xe2", "H100", separated by commas; those whose compilers are named by default
 *   --tiles NAMES    128x128,64x64,64x4 by default, the last of layers of one channel; also 128x64, 64x128, 128x32
 *   --dtypes NAMES   f32,f16 by default
 *   --steps          counts the commands of training steps too
 *   --wgsl FILE      compiles this text instead, with a binding that is read and one that is written
 *   --out DIR        writes the text and the listing of each kernel there
 *   --write          puts the tables into bench/results/gpu-isa.md
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { revision } from "../revision.mjs";
import { compileAsDriver, compileForNvidia, gpus } from "./compilers.mjs";
import { countTurn } from "./counts.mjs";

const { values: options } = parseArgs({
  options: {
    mesa: { type: "string" },
    "intel-shim": { type: "string" },
    cuda: { type: "string" },
    gpus: { type: "string" },
    tiles: { type: "string", default: "128x128,64x64,64x4" },
    dtypes: { type: "string", default: "f32,f16" },
    steps: { type: "boolean", default: false },
    wgsl: { type: "string" },
    out: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (!options.mesa)
  throw new Error("gpu-isa: --mesa DIR is missing; bench/gpu-isa/README.md says how to fill it");
const mesa = resolve(options.mesa);
const intelShim = options["intel-shim"] && resolve(options["intel-shim"]);
const cuda = options.cuda && resolve(options.cuda);

const available = { radv: true, anv: intelShim !== undefined, ptxas: cuda !== undefined };
const names = options.gpus?.split(",") ?? Object.keys(gpus).filter((name) => available[gpus[name].driver]);
const dtypes = options.dtypes.split(",");
const products = options.wgsl
  ? { dtypes: [], tiles: [], texts: [readFileSync(options.wgsl, "utf8")] }
  : { dtypes, tiles: options.tiles.split(","), texts: [] };
const steps = options.steps
  ? ["step.laptop.clidim", "step.paper.clidim"].flatMap((name) =>
      ["float32", "mixed"].map((precision) => ({ name, precision })),
    )
  : [];

const work = mkdtempSync(join(tmpdir(), "gpu-isa-"));
const sections = [];
try {
  for (const name of names) sections.push(section(name, compile(name)));
  if (steps.length > 0) {
    const { steps: counted } = compileAsDriver(
      gpus["RDNA 3"],
      { dtypes: [], tiles: [], texts: [], matrices: true, steps },
      { mesa, work },
    );
    sections.push(stepTable(counted));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const text = sections.join("\n");
console.log(text);
if (options.write) {
  const head = `# What GPU compilers make of the kernels

Written by \`node bench/gpu-isa/run.mjs\` at revision ${revision()}; nothing was run. [How to read it](../../docs/performance.md#how-to-judge-a-kernel-without-a-gpu).
`;
  writeFileSync(join(import.meta.dirname, "../results/gpu-isa.md"), `${head}\n${text}`);
}

function compile(name) {
  const gpu = gpus[name];
  if (!gpu) throw new Error(`gpu-isa: there is no GPU "${name}"; there are ${Object.keys(gpus).join(", ")}`);
  const request = { ...products, steps: [], matrices: gpu.driver !== "anv" };
  const { adapter, kernels } = compileAsDriver(gpus[gpu.text ?? name], request, { mesa, intelShim, work });
  if (!gpu.text) return { compiler: adapter, kernels };
  const compiled = kernels
    .filter(({ label }) => isProduct(label))
    .map((kernel) => ({ ...kernel, ...compileForNvidia(gpu, kernel.text, { cuda, work }) }));
  return { compiler: `clang 19 and ptxas, ${gpu.family}`, kernels: compiled };
}

function isProduct(label) {
  return /\d+x\d+/.test(label) || label === "text";
}

/** Multiply-adds of an invocation per turn of its loop over k: 16 k for a tile that 256 share; of another text, a loop of four steps of 4 x 4. */
function multipliesOf(label) {
  const [, rows, columns] = /(\d+)x(\d+)/.exec(label) ?? [];
  return rows === undefined ? 64 : (rows * columns * 16) / 256;
}

function section(name, { compiler, kernels }) {
  const found = kernels.filter(({ label }) => isProduct(label));
  if (options.out) keep(name, found);
  const rows = found.map(({ label, registers, spills, code }) => {
    const turn = countTurn(code, multipliesOf(label));
    if (!turn) return [label, registers, spills, "", "", "", "", "", "", ""];
    const { counts, loadsAwaited } = turn;
    const multiplies = counts.matrix ?? counts.multiply ?? 0;
    return [
      label,
      registers,
      spills,
      counts.spill ?? 0,
      multiplies,
      counts.issued,
      `${Math.round((100 * multiplies) / counts.issued)} %`,
      `${counts.sharedLoad ?? 0} / ${counts.sharedStore ?? 0}`,
      counts.load ?? 0,
      loadsAwaited,
    ];
  });
  const titles = [
    "kernel",
    "registers",
    "spills",
    "spills a turn",
    "multiplies",
    "instructions",
    "share",
    "shared r / w",
    "loads",
    "awaited",
  ];
  // Waits of Intel's scoreboard are not looked at.
  return table(
    `${name}: ${compiler}`,
    titles,
    rows.map((row) => (gpus[name].driver === "anv" ? [...row.slice(0, -1), ""] : row)),
  );
}

function stepTable(counted) {
  const kinds = [...new Set(counted.flatMap(({ counts }) => Object.keys(counts)))].sort();
  const rows = counted.map(({ name, precision, counts, compiled }) => [
    `${name}, ${precision}`,
    ...kinds.map((kind) => counts[kind] ?? 0),
    Object.values(counts).reduce((sum, n) => sum + n, 0),
    compiled,
  ]);
  return table(
    "Commands of a step, on a GPU with matrices and 16 storage buffers",
    ["step", ...kinds, "together", "different kernels"],
    rows,
  );
}

function table(title, titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const align = titles.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`## ${title}`, "", line(titles), line(align), ...rows.map(line), ""].join("\n");
}

function keep(name, kernels) {
  const folder = join(options.out, name.replaceAll(" ", "-"));
  mkdirSync(folder, { recursive: true });
  for (const { label, text, listing } of kernels) {
    const file = join(folder, label.replaceAll(" ", "-"));
    writeFileSync(`${file}.wgsl`, text);
    writeFileSync(`${file}.s`, listing);
  }
}
