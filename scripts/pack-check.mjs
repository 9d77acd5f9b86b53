/**
 * The packages as their users get them: built from a copy of the sources, packed, checked (publint, are the types wrong), and installed
 * from the tarballs into empty projects by npm and by pnpm, where a program type-checks strictly, runs, and `npx clidim` answers.
 *
 *   node scripts/pack-check.mjs
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { complaintOf, packageManager, packPackages, problemsOf } from "./pack-check-tarballs.mjs";
import { capture, Failure, root } from "./run-command.mjs";

const tsc = join(root, "node_modules/typescript/bin/tsc");
/** What the build reads. */
const sources = [
  "packages",
  "shaders",
  "scripts",
  "LICENSE",
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
];

const program = `
import { valueAndGrad } from "@clidim/autograd";
import { checkGradients } from "@clidim/autograd/testing";
import { gaussianBlur } from "@clidim/imaging";
import { doctor } from "@clidim/denoise/node";
import { methods } from "@clidim/methods";
import { adam, crossEntropy, layers } from "@clidim/nn";
import { argmax, compile, key, square, sum, tensor, type Tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";

const angles = Array.from({ length: 200 }, (_, i) => (Math.PI * (i >> 1)) / 99);
const points = angles.map((a, i) =>
  i % 2 ? [1 - Math.cos(a), 0.5 - Math.sin(a)] : [Math.cos(a), Math.sin(a)],
);
const labels = angles.map((_, i) => i % 2);
const batch = { x: tensor(points), label: tensor(labels, { dtype: "i32" }) };

const model = layers.sequential(layers.linear({ out: 32 }), layers.tanh(), layers.linear({ out: 2 }));
const optimizer = adam({ learningRate: 0.03 });
const { params, stats } = model.init(key(0), batch.x.shape);
const predict = (p: typeof params, x: Tensor): Tensor =>
  model.apply({ params: p, stats }, x, { train: false }).output;

const initial = { params, optimizer: optimizer.init(params) };
const step = compile(
  (state: typeof initial, { x, label }: typeof batch) => {
    const { value, grads } = valueAndGrad((p: typeof params) => crossEntropy(predict(p, x), label))(state.params);
    const next = optimizer.update(grads, state.optimizer, state.params);
    return { state: { params: next.params, optimizer: next.state }, loss: value };
  },
  { donate: [0] },
);
let result = await step(initial, batch);
for (let i = 1; i < 100; i++) result = await step(result.state, batch);
const loss = await result.loss.item();
const predicted = await argmax(predict(result.state.params, batch.x), -1).data();
const right = predicted.filter((c: number, i: number) => c === labels[i]).length;
if (!(loss < 0.1 && right > 190)) throw new Error(\`loss \${loss}, \${right} of 200 right\`);

checkGradients((x: Tensor) => sum(square(x)), [tensor([1, 2, 3])]);
const [nine] = interpret([square(tensor(3))]);
if (nine?.[0] !== 9) throw new Error(\`3 * 3 = \${nine}\`);
if (typeof gaussianBlur !== "function" || typeof doctor !== "function" || methods.all.length === 0) throw new Error("a package is empty");
console.log("trained");
`;

/** A program that imports every entry of every library: its types have to be right, and something has to be there. The command line would run. */
function importsOf(packages) {
  const entries = packages
    .filter(({ name }) => name !== "clidim")
    .flatMap(({ name, manifest }) => Object.keys(manifest.exports).map((entry) => name + entry.slice(1)));
  const imports = entries.map((entry, i) => `import * as entry${i} from "${entry}";`);
  const all = entries.map((entry, i) => `[${JSON.stringify(entry)}, entry${i}]`).join(", ");
  const check = `for (const [name, entry] of [${all}] as const) if (Object.keys(entry).length === 0) throw new Error(name + " is empty");`;
  return `${imports.join("\n")}\n${check}\n`;
}

const strict = {
  target: "ES2023",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
};
/** For Node, which the program then runs on, and for a bundler's browser. */
const projects = {
  node: { ...strict, module: "NodeNext", lib: ["ES2023"], types: ["node"], outDir: "out" },
  browser: {
    ...strict,
    module: "ESNext",
    moduleResolution: "bundler",
    lib: ["ES2023", "DOM"],
    types: ["node"],
    noEmit: true,
  },
};

/** A copy of what the packages are built from, installed from the lockfile and built, without anything that earlier builds left. */
async function buildCopy(workspace) {
  const listed = await capture("git", [
    "ls-files",
    "-co",
    "--exclude-standard",
    "-z",
    "--",
    ...sources,
    "tsconfig*.json",
  ]);
  for (const path of listed.split("\0").filter((name) => name && existsSync(join(root, name)))) {
    cpSync(join(root, path), join(workspace, path));
  }
  const install = ["install", "--frozen-lockfile", "--prefer-offline", "--ignore-scripts"];
  await capture("npm", [...packageManager(), ...install], { cwd: workspace });
  await capture("npm", [...packageManager(), "-r", "build"], { cwd: workspace });
  const complaint = await complaintOf(process.execPath, [tsc, "-b", "packages/cli"], { cwd: workspace });
  if (complaint) throw new Failure(`The packages do not type-check\n${complaint}`);
}

const installers = {
  npm: () => ["install", "--prefer-offline", "--no-audit", "--no-fund"],
  pnpm: () => [...packageManager(), "install", "--prefer-offline", "--ignore-scripts"],
};

/** An empty project that depends on the tarballs, and a program in it that has to compile and run. */
async function checkProject(folder, installer, packages) {
  mkdirSync(folder);
  const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    private: true,
    type: "module",
    dependencies: tarballs,
    devDependencies: { "@types/node": devDependencies["@types/node"] },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  // The packages depend on each other's versions, which are not published yet.
  writeFileSync(
    join(folder, "pnpm-workspace.yaml"),
    JSON.stringify({ overrides: tarballs, pmOnFail: "ignore" }),
  );
  writeFileSync(join(folder, "program.ts"), program);
  writeFileSync(join(folder, "entries.ts"), importsOf(packages));
  await capture("npm", installers[installer](), { cwd: folder });
  for (const [name, compilerOptions] of Object.entries(projects)) {
    const config = join(folder, `tsconfig.${name}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ["program.ts", "entries.ts"] }));
    const complaint = await complaintOf(process.execPath, [tsc, "-p", config], { cwd: folder });
    if (complaint)
      throw new Failure(`${installer}: the program does not type-check for ${name}\n${complaint}`);
  }
  for (const name of ["program", "entries"]) {
    await capture(process.execPath, [`out/${name}.js`], { cwd: folder });
  }
  const version = (await capture("npx", ["clidim", "--version"], { cwd: folder })).trim();
  const wanted = packages.find(({ name }) => name === "clidim").manifest.version;
  if (version !== wanted)
    throw new Failure(`${installer}: npx clidim --version prints ${version}, not ${wanted}`);
}

// Not inside the repository, or imports would find what the workspace has installed.
const work = mkdtempSync(join(tmpdir(), "clidim-pack-"));
try {
  const workspace = join(work, "workspace");
  await buildCopy(workspace);
  const packages = await packPackages(workspace, join(work, "packed"));
  for (const packed of packages) {
    const problems = await problemsOf(packed);
    console.log(`${packed.name}: ${packed.files.length} files, ${problems.length ? "FAILED" : "ok"}`);
    for (const problem of problems) console.error(`  ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
  for (const installer of Object.keys(installers)) {
    await checkProject(join(work, installer), installer, packages);
    console.log(`Installed with ${installer}: type-checks, trains, npx clidim answers`);
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
} finally {
  rmSync(work, { recursive: true });
}
