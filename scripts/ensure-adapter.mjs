import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture, Failure } from "./run-command.mjs";
import { osRelease, unpackVulkan } from "./unpack-vulkan.mjs";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "clidim");
// Read by packages/tensor/src/executors/webgpu/device/softwareVulkan.node.ts in every process that uses the GPU.
const setupFile = join(cache, "vulkan.json");

/**
 * Makes sure that WebGPU finds an adapter, and resolves to its description. What the system offers always comes first;
 * only where that is nothing is a Vulkan loader with a software driver unpacked into the user's cache directory.
 */
export async function ensureAdapter() {
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  const known = readSetup();
  const own = await probe();
  if (own) {
    if (known && !named && sameDevices(known)) rmSync(setupFile, { force: true });
    return describe(own);
  }
  if (named) throw new Failure(`No WebGPU adapter: the environment names ${named}, which does not work.`);
  const adapter = known && (await probe(known));
  if (adapter) {
    if (!sameDevices(known)) record(known);
    return describe(adapter);
  }
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) throw new Failure(installationHint());
  console.log(
    `No WebGPU adapter found: unpacking a software one (Vulkan loader and Mesa, 20 to 80 MB to download) into ${cache}`,
  );
  let unpacked;
  try {
    mkdirSync(cache, { recursive: true });
    unpacked = await unpackVulkan(cache);
  } catch (error) {
    throw new Failure(`${error.message}\n\n${installationHint()}`);
  }
  const { libraries, driver } = unpacked;
  const shaderCache = join(cache, "shaders");
  // A machine may have a GPU with its driver and lack nothing but the loader.
  for (const setup of [
    { libraries, driver: null, shaderCache },
    { libraries, driver, shaderCache },
  ]) {
    const found = await probe(setup);
    if (!found || (setup.driver === null && found.software)) continue;
    record(setup);
    return describe(found);
  }
  throw new Failure(
    `The software Vulkan driver in ${dirname(driver)} gives no adapter.\n\n${installationHint()}`,
  );
}

/** With which any program finds the Vulkan that was unpacked; nothing where the system's own is used. */
export function vulkanEnvironment() {
  const setup = readSetup();
  return setup && sameDevices(setup) && !process.env.VK_DRIVER_FILES ? environmentOf(setup) : {};
}

const environmentOf = ({ libraries, shaderCache, driver }) => ({
  LD_LIBRARY_PATH: [dirname(libraries[0]), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  MESA_SHADER_CACHE_DIR: shaderCache,
  ...(driver && { VK_DRIVER_FILES: driver }),
});

/** The adapter, or undefined if there is none or asking for it ends in a crash. */
async function probe(setup) {
  const env = setup ? environmentOf(setup) : {};
  try {
    const script = fileURLToPath(new URL("probe-adapter.mjs", import.meta.url));
    const printed = await capture(process.execPath, [script], { env, timeout: 60_000 });
    return JSON.parse(printed.trim().split("\n").at(-1)) ?? undefined;
  } catch {
    return undefined;
  }
}

function describe({ device, description, software }) {
  if (!software) return [device, description].filter(Boolean).join(", ");
  const name = `${description || device} (software)`;
  if (!existsSync("/dev/nvidiactl")) return name;
  return (
    `${name}\nThere is an NVIDIA GPU, but Vulkan does not find its driver. In a container, set ` +
    "NVIDIA_DRIVER_CAPABILITIES=all and install libegl1 and libxext6."
  );
}

function readSetup() {
  try {
    return JSON.parse(readFileSync(setupFile, "utf8"));
  } catch {
    return undefined;
  }
}

function record(setup) {
  const temporary = `${setupFile}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ ...setup, devices: graphicsDevices() }, null, 2)}\n`);
  renameSync(temporary, setupFile);
}

function sameDevices({ devices }) {
  return JSON.stringify(devices) === JSON.stringify(graphicsDevices());
}

function graphicsDevices() {
  const names = (directory, pattern) =>
    existsSync(directory) ? readdirSync(directory).filter((name) => pattern.test(name)) : [];
  /** @type {string[]} */
  const devices = [...names("/dev", /^(nvidia\d+|dxg)$/), ...names("/dev/dri", /^renderD\d+$/)];
  return devices.sort();
}

function installationHint() {
  const { ID = "", ID_LIKE = "", VERSION_CODENAME = "" } = osRelease();
  const family = `${ID} ${ID_LIKE}`;
  const install = (command) =>
    `No WebGPU adapter. Install a Vulkan loader and driver, then run this again:\n  ${command}`;
  if (process.platform === "darwin") return "No WebGPU adapter: this Mac offers no Metal device.";
  if (process.platform === "win32")
    return "No WebGPU adapter. Install the graphics driver of your GPU's vendor.";
  if (/debian|ubuntu/.test(family)) {
    if (VERSION_CODENAME !== "bookworm")
      return install("sudo apt-get install libvulkan1 mesa-vulkan-drivers");
    const command = "sudo apt-get install -t bookworm-backports libvulkan1 mesa-vulkan-drivers";
    return install(`${command}   (with bookworm-backports among apt's sources)`);
  }
  if (/fedora|rhel/.test(family)) return install("sudo dnf install vulkan-loader mesa-vulkan-drivers");
  if (/arch/.test(family)) return install("sudo pacman -S vulkan-icd-loader vulkan-swrast");
  if (/suse/.test(family)) return install("sudo zypper install libvulkan1 libvulkan_lvp");
  return install(
    "your system's packages of the Vulkan loader (libvulkan.so.1) and of Mesa's Vulkan drivers (25 or newer)",
  );
}
