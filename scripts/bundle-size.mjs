/**
 * What the libraries add to a web page: everything that they export, bundled for browsers, minified, and compressed as servers do; and what is loaded beside it when
 * it is come to, such as the decoders of rare compressions.
 *
 *   node scripts/bundle-size.mjs
 */
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { buildPackages } from "./build-packages.mjs";
import { Failure, root } from "./run-command.mjs";

const bundles = {
  "@clidim/tensor": ["tensor"],
  "+ @clidim/autograd": ["tensor", "autograd"],
  "+ @clidim/nn": ["tensor", "autograd", "nn"],
  "@clidim/imaging": ["imaging"],
  "nn + imaging + @clidim/denoise": ["tensor", "autograd", "nn", "imaging", "denoise"],
  "+ @clidim/clidim": ["tensor", "autograd", "nn", "imaging", "denoise", "clidim"],
  "+ @clidim/methods": ["tensor", "autograd", "nn", "imaging", "denoise", "clidim", "methods"],
};
/** Kilobytes, gzip: TensorFlow.js 4.22 (core and webgpu backend) measured alike, jax-js 0.1.25 by its README. */
const peers = { "TensorFlow.js": 155, "jax-js": 80 };

async function bundle(packages) {
  const entry = "virtual:entry";
  const { output } = await build({
    root,
    configFile: false,
    logLevel: "error",
    // Namespaces, so that names that two packages export do not hide each other.
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) =>
          id === entry
            ? packages.map((name) => `export * as ${name} from "@clidim/${name}";`).join("\n")
            : undefined,
      },
    ],
    build: {
      write: false,
      minify: true,
      rolldownOptions: { input: entry, output: { format: "es" }, preserveEntrySignatures: "strict" },
    },
  });
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const start = new Set(output.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const name of start) for (const imported of chunks.get(name).imports) start.add(imported);
  const codeOf = (wanted) =>
    output
      .filter(({ fileName }) => wanted(fileName))
      .map(({ code }) => code)
      .join("");
  return { start: codeOf((name) => start.has(name)), later: codeOf((name) => !start.has(name)) };
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`.padStart(9);

try {
  await buildPackages();
  console.log(`${"".padEnd(32)} minified      gzip  on demand, gzip`);
  for (const [name, packages] of Object.entries(bundles)) {
    const { start, later } = await bundle(packages);
    console.log(
      name.padEnd(32),
      kilobytes(Buffer.byteLength(start)),
      kilobytes(gzipSync(start, { level: 9 }).length),
      later === "" ? "" : kilobytes(gzipSync(later, { level: 9 }).length).padStart(16),
    );
  }
  for (const [name, size] of Object.entries(peers)) {
    console.log(name.padEnd(32), "".padStart(9), kilobytes(1000 * size));
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
