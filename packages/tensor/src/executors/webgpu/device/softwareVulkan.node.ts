import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { bunLibc, cString } from "./bunLibc.node.js";
import { setVariable } from "./environment.node.js";

/** What `npm start` writes after it has unpacked a Vulkan loader and a software driver (scripts/ensure-adapter.mjs). */
interface VulkanSetup {
  /** Paths, each after those it depends on; the loader is among them. */
  readonly libraries: readonly string[];
  /** The driver's manifest; null where the system's own drivers lack nothing but the loader. */
  readonly driver: string | null;
  readonly shaderCache: string;
  /** The graphics devices there were when the system itself offered no adapter. */
  readonly devices: readonly string[];
}

const RTLD_NOW = 0x2;
const RTLD_NODELETE = 0x1000;

/**
 * Lets Dawn find the Vulkan that was unpacked into the user's cache directory; to be called before `webgpu` is imported.
 * Does nothing where there is none, where VK_DRIVER_FILES names a driver, and where the graphics devices have changed
 * since: a GPU comes before the software driver. In a worker thread the process's environment cannot be changed, so the
 * main thread has to call this first.
 */
export function useSoftwareVulkan(): void {
  if (process.platform !== "linux") return;
  if (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return;
  const file = setupFile();
  if (file === undefined || !existsSync(file)) return;
  const setup = parseSetup(readFileSync(file, "utf8"), file);
  if (setup.devices.join() !== graphicsDevices().join()) return;
  if (setup.driver !== null) setVariable("VK_DRIVER_FILES", setup.driver);
  if (!process.env.MESA_SHADER_CACHE_DIR) setVariable("MESA_SHADER_CACHE_DIR", setup.shaderCache);
  for (const library of setup.libraries) load(library);
}

/** Undefined for a user without a home directory, whom the system does not know and HOME does not tell. */
function setupFile(): string | undefined {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "clidim", "vulkan.json");
  } catch {
    return undefined;
  }
}

/**
 * The dynamic linker reads LD_LIBRARY_PATH only when a process starts. A library that is already loaded is found by its
 * name, though, so loading the libraries here does the same for Dawn, which asks for `libvulkan.so.1`.
 */
function load(library: string): void {
  const libc = bunLibc();
  if (libc) {
    // `process.dlopen` of Bun drops the flags, and with them the library.
    if (!libc.dlopen(cString(library), RTLD_NOW)) throw unloadable(library);
    return;
  }
  try {
    process.dlopen({ exports: {} }, library, RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    // Node finds no addon in it and closes it again, which RTLD_NODELETE turns into nothing.
    const message = error instanceof Error ? error.message : "";
    if (!/^Module did not self-register/.test(message)) throw unloadable(library, error);
  }
}

const unloadable = (library: string, cause?: unknown): Error =>
  new Error(`device: ${library} cannot be loaded, run "npm start" to set up Vulkan again`, { cause });

function graphicsDevices(): string[] {
  const names = (directory: string, pattern: RegExp): string[] =>
    existsSync(directory) ? readdirSync(directory).filter((name) => pattern.test(name)) : [];
  return [...names("/dev", /^(nvidia\d+|dxg)$/), ...names("/dev/dri", /^renderD\d+$/)].sort();
}

function parseSetup(text: string, file: string): VulkanSetup {
  const isStrings = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((entry) => typeof entry === "string");
  let setup: unknown;
  try {
    setup = JSON.parse(text);
  } catch {} // a file that was cut is none
  const { libraries, driver, shaderCache, devices }: Record<string, unknown> = Object(setup);
  if (
    isStrings(libraries) &&
    isStrings(devices) &&
    typeof shaderCache === "string" &&
    (driver === null || typeof driver === "string")
  ) {
    return { libraries, driver, shaderCache, devices };
  }
  throw new Error(`device: ${file} is not a Vulkan setup, run "npm start" to write it again`);
}
