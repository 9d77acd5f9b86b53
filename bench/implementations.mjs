import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const node = (file, ...args) => [process.execPath, join(here, file), ...args];
const trained = new Set(["chain", "matmul", "convolution", "step", "inference"]);

const own = new Set([...trained, "contrastive step"]);

/**
 * Everything that is measured, this project first. `missing` says why one is not there.
 *
 * @typedef {{ name: string, command: readonly string[], kinds: ReadonlySet<string>, missing?: string }} Implementation
 * @returns {Implementation[]}
 */
export function implementationsFor({ gpu }) {
  const package_ = (name) =>
    existsSync(join(here, "node_modules", name)) ? {} : { missing: `${name} is not installed` };
  const jax = ["eager", "jit"].map((mode) => ({
    name: `jax-js ${mode}`,
    command: node("peers/jaxjs.mjs", mode),
    kinds: trained,
    ...package_("@jax-js/jax"),
  }));
  return [
    { name: "clidim", command: node("clidim.mjs"), kinds: own },
    // The processor beside what stands in for a GPU on it.
    ...(gpu ? [] : [{ name: "clidim wasm", command: node("clidim.mjs", "wasm"), kinds: own }]),
    {
      name: "tfjs",
      command: node("peers/tfjs.mjs"),
      kinds: trained,
      ...package_("@tensorflow/tfjs-backend-webgpu"),
    },
    ...jax,
    {
      name: "onnxruntime-web",
      command: node("peers/onnxruntime.mjs"),
      kinds: new Set(["inference"]),
      ...package_("onnxruntime-web"),
    },
    ...pytorches(gpu),
  ];
}

/** PyTorch on the same hardware: the processor's two cores beside the software adapter, CUDA beside a GPU. */
function pytorches(gpu) {
  const pythons = (process.env.CLIDIM_BENCH_PYTHON ?? "python3,/usr/bin/python3").split(",");
  const found = [];
  for (const python of pythons) {
    const check = "import torch; print(torch.__version__, torch.cuda.is_available())";
    const { status, stdout } = spawnSync(python, ["-c", check], { encoding: "utf8" });
    if (status !== 0) continue;
    const [version, cuda] = stdout.trim().split(" ");
    if (found.some((other) => other.version === version) || (gpu && cuda !== "True")) continue;
    found.push({ python, version });
  }
  if (found.length === 0)
    return [
      { name: "pytorch", command: [], kinds: trained, missing: `no PyTorch${gpu ? " with CUDA" : ""}` },
    ];
  const modes = gpu ? ["f32", "tf32", "amp", "compile"] : ["cpu"];
  return found.flatMap(({ python, version }) =>
    modes.map((mode) => ({
      name: `pytorch ${version.split("+")[0]}${mode === "cpu" ? "" : ` ${mode}`}`,
      command: [python, join(here, "peers/pytorch.py"), mode],
      kinds: trained,
    })),
  );
}
