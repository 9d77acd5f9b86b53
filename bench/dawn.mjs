import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Device } from "@clidim/tensor";
import { GpuCalls } from "./gpuCalls.mjs";
import { waitPatiently } from "./patience.mjs";

// The copy of Dawn that @clidim/tensor uses, so that all implementations run on the same one.
const library = createRequire(fileURLToPath(import.meta.resolve("@clidim/tensor")));
export const { create, globals } = await import(pathToFileURL(library.resolve("webgpu")).href);

export const calls = new GpuCalls(globals);

/** The toggles of @clidim/tensor: peers get them as well. */
const flags = [
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,disable_robustness,skip_validation,disable_workgroup_init",
  "disable-dawn-features=timestamp_quantization",
];

let patience;

/** What ran so far says nothing about what comes next. */
export const forgetDurations = () => patience?.forget();

/**
 * Makes Node look like a browser with WebGPU, for libraries that expect one. To be awaited before they are imported. Resolves to a
 * function that returns the device that the library has requested.
 */
export async function pretendBrowser() {
  // Finds the driver as the library does, whether it is the system's or in the user's cache directory.
  (await Device.open()).destroy();
  patience = waitPatiently(globals);
  Object.assign(globalThis, globals);
  const { requestDevice } = globals.GPUAdapter.prototype;
  let device;
  globals.GPUAdapter.prototype.requestDevice = async function (...args) {
    device = await requestDevice.apply(this, args);
    return device;
  };
  const navigator = {
    gpu: create(flags),
    userAgent: `Node.js/${process.version}`,
    hardwareConcurrency: 2,
  };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  return () => device;
}
