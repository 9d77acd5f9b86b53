import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { useSoftwareVulkan } from "./softwareVulkan.node.js";

/** How Dawn is started. Validation costs a third of the encoding time and hides nothing that the tests have not seen. */
export interface GpuOptions {
  /** Bounds checks in shaders and validation of every call: for debugging and for tests. */
  readonly validation: boolean;
  /** Part of an adapter's name; the best adapter otherwise. */
  readonly adapter?: string;
}

const fastToggles = ["disable_robustness", "skip_validation", "disable_workgroup_init"];
const instances = new Map<string, Promise<GPU>>();

/**
 * Dawn through npm `webgpu`. The object that `create` returns must outlive every promise that it made, or the process
 * crashes when it is collected; so it stays in this module for good, and callers at the same time get the same one.
 */
export function openGpu(options: GpuOptions): Promise<GPU> {
  const features = [
    "allow_unsafe_apis",
    "vulkan_enable_f16_on_nvidia",
    ...(options.validation ? [] : fastToggles),
  ];
  const flags = [
    `enable-dawn-features=${features.join(",")}`,
    "disable-dawn-features=timestamp_quantization",
    ...(options.adapter === undefined ? [] : [`adapter=${options.adapter}`]),
  ];
  const key = flags.join(" ");
  let instance = instances.get(key);
  if (!instance) {
    instance = createGpu(flags);
    instances.set(key, instance);
    // What failed is tried again by the next caller.
    instance.catch(() => instances.delete(key));
  }
  return instance;
}

async function createGpu(flags: string[]): Promise<GPU> {
  useSoftwareVulkan();
  const { create } = await import("webgpu");
  return create(flags);
}

/** The names of all adapters. Dawn lists them where it is asked for one that is not there. */
export async function adapterNames(): Promise<string[]> {
  try {
    const source = await openGpu({ validation: false, adapter: "(none of this name)" });
    await source.requestAdapter();
    return [];
  } catch (error) {
    const listed = error instanceof Error ? error.message : "";
    return [...listed.matchAll(/^ \* backend: '.*?', name: '(.*)'$/gm)].map(([, name]) => name!);
  }
}

/** Whether calls are checked without being asked to. */
export const alwaysValidates: boolean = false;

let collect: (() => void) | undefined;

/** Collects garbage now: V8 does not know how large what a tensor owns is, and may wait for very long. */
export const collectGarbage: (() => void) | undefined = () => {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    // The flag gives `gc` to contexts that are made after it.
    const gc: unknown = runInNewContext("gc");
    collect = typeof gc === "function" ? () => gc() : () => undefined;
  }
  collect();
};

const nothing = new Int32Array(new SharedArrayBuffer(4));
/** When the first of the promises under way was handed in, and how many there are. */
let since = 0;
let waiting = 0;
let resting = false;

/**
 * The result of a promise of Dawn's. While one is pending, Dawn's binding polls in every turn of the event loop, as fast as it can: a whole core, and
 * megabytes of garbage. Here each turn rests for a sixteenth of the time that has passed, at most a millisecond, so that short waits stay
 * short and long ones cost nothing.
 */
export async function waitPatiently<T>(promise: Promise<T>): Promise<T> {
  if (waiting++ === 0) since = performance.now();
  if (!resting) {
    resting = true;
    setImmediate(rest);
  }
  try {
    return await promise;
  } finally {
    waiting--;
  }
}

function rest(): void {
  if (waiting === 0) {
    resting = false;
    return;
  }
  Atomics.wait(nothing, 0, 0, Math.min(1, (performance.now() - since) / 16));
  setImmediate(rest);
}

/** What to tell a user who has no adapter. */
export const noAdapterHint: string =
  "no WebGPU adapter was found; run `npm start` in the project once to set up a software Vulkan, or install a GPU driver " +
  "(`npx clidim doctor` shows what is missing)";
