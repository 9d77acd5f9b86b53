import { spawnSync } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cudaOf } from "./cuda.mjs";
import { parseAmd, parseIntel, parseNvidia } from "./listings.mjs";

/**
 * The GPUs whose compilers are asked. AMD and Intel: as their driver, in a process that takes it for a device. NVIDIA: the text of the kernels, as the device of `text` is given
 * it, by way of CUDA.
 */
export const gpus = {
  "RDNA 2": { driver: "radv", family: "navi21" },
  "RDNA 3": { driver: "radv", family: "navi31" },
  "Iris Xe": { driver: "anv", family: "tgl" },
  Arc: { driver: "anv", family: "dg2" },
  Xe2: { driver: "anv", family: "lnl" },
  H100: { driver: "ptxas", family: "sm_90", text: "RDNA 3" },
};

const debianLibraries = "usr/lib/x86_64-linux-gnu";

/** @param {object} request see pretendedGpu.mjs @param {{ mesa: string, intelShim?: string, work: string }} where */
export function compileAsDriver({ driver, family }, request, { mesa, intelShim, work }) {
  const libraries = join(mesa, debianLibraries);
  const intel = driver === "anv";
  const library = join(libraries, intel ? "libvulkan_intel.so" : "libvulkan_radeon.so");
  const shim = intel ? intelShim : join(libraries, "libamdgpu_noop_drm_shim.so");
  for (const file of [library, shim]) {
    if (!file || !existsSync(file))
      throw new Error(
        `gpu-isa: ${file ?? "no --intel-shim"}: no such file; bench/gpu-isa/README.md has the setup`,
      );
  }
  const [manifest, requestFile, resultFile, log] = ["driver.json", "request.json", "result.json", "log"].map(
    (name) => join(work, `${family}-${name}`),
  );
  writeFileSync(
    manifest,
    JSON.stringify({ file_format_version: "1.0.0", ICD: { api_version: "1.4.305", library_path: library } }),
  );
  writeFileSync(requestFile, JSON.stringify(request));
  rmSync(resultFile, { force: true });
  const { status, signal } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "pretendedGpu.mjs"), requestFile, resultFile],
    {
      stdio: ["ignore", "inherit", openSync(log, "w")],
      env: {
        ...process.env,
        LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
        LD_PRELOAD: shim,
        VK_DRIVER_FILES: manifest,
        MESA_SHADER_CACHE_DISABLE: "true",
        ...(intel
          ? { INTEL_STUB_GPU_PLATFORM: family, INTEL_FORCE_PROBE: "*", INTEL_DEBUG: "cs" }
          : { AMDGPU_GPU_ID: family, RADV_DEBUG: "nocache,shaders,shaderstats" }),
      },
    },
  );
  const printed = readFileSync(log, "utf8");
  if (!existsSync(resultFile))
    throw new Error(`gpu-isa: ${driver} as ${family} failed (${signal ?? status}):\n${printed.slice(-2000)}`);
  const result = JSON.parse(readFileSync(resultFile, "utf8"));
  const listings = new Map(
    [...printed.matchAll(/\n@@@ begin (\d+)\n([\s\S]*?)\n@@@ end \1\n/g)].map(([, number, text]) => [
      Number(number),
      text,
    ]),
  );
  const read = intel ? readIntel : readAmd;
  return {
    ...result,
    kernels: result.kernels.map((kernel, k) => ({
      ...kernel,
      listing: listings.get(k) ?? "",
      ...read(listings.get(k) ?? ""),
    })),
  };
}

/** Registers of a lane, waves that a SIMD holds, spilled registers, code. */
function readAmd(listing) {
  const figure = (name) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(listing)?.[1]);
  return {
    registers: `${figure("VGPRs")}, ${figure("Subgroups per SIMD")} waves`,
    spills: figure("Spilled VGPRs") + figure("Spilled SGPRs"),
    code: parseAmd(listing),
  };
}

/** Lanes per wave instead of registers, of which there are always 128 (of twice the size on Xe2). */
function readIntel(listing) {
  const native = listing.slice(listing.lastIndexOf("Native code for"));
  const [, lanes, spills, fills] = /SIMD(\d+) shader:.*?(\d+):(\d+) spills:fills/.exec(native) ?? [];
  return { registers: `SIMD${lanes}`, spills: Number(spills) + Number(fills), code: parseIntel(listing) };
}

function run(program, args, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  if (status !== 0)
    throw new Error(`gpu-isa: ${program} failed: ${error?.message ?? ""}${stderr}`.slice(0, 2000));
  return stdout + stderr;
}

/** @param {string} wgsl @param {{ cuda: string, work: string }} where */
export function compileForNvidia({ family }, wgsl, { cuda, work }) {
  const [source, ptx, binary] = ["kernel.cu", "kernel.ptx", "kernel.cubin"].map((name) => join(work, name));
  const programs = join(cuda, "usr/bin");
  writeFileSync(source, cudaOf(wgsl));
  const language = [
    "-x",
    "cuda",
    "--cuda-device-only",
    `--cuda-gpu-arch=${family}`,
    "-nocudainc",
    "-nocudalib",
    "-std=c++20",
  ];
  run(join(programs, "clang-19"), [...language, "-O3", "-ffp-contract=fast", "-w", "-S", "-o", ptx, source], {
    LD_LIBRARY_PATH: [
      join(cuda, debianLibraries),
      join(cuda, "usr/lib/llvm-19/lib"),
      process.env.LD_LIBRARY_PATH,
    ]
      .filter(Boolean)
      .join(":"),
  });
  // clang names the newest version of the language, of which it uses nothing.
  writeFileSync(ptx, readFileSync(ptx, "utf8").replace(/^\.version .*$/m, ".version 7.8"));
  const printed = run(join(programs, "ptxas"), [`-arch=${family}`, "-v", "-O3", ptx, "-o", binary]);
  const listing = run(join(programs, "nvdisasm"), ["-c", binary]);
  const figure = (pattern) => Number(pattern.exec(printed)?.[1]);
  return {
    listing,
    registers: String(figure(/Used (\d+) registers/)),
    spills: (figure(/(\d+) bytes spill stores/) + figure(/(\d+) bytes spill loads/)) / 4,
    code: parseNvidia(listing),
  };
}
