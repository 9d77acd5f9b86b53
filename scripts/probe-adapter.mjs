/**
 * Prints the adapter that WebGPU gives in this environment as one line of JSON, `null` if there is none.
 * A program of its own, because a broken driver takes the whole process down.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run-command.mjs";

const { resolve } = createRequire(join(root, "packages/tensor/package.json"));
const { create, globals } = await import(pathToFileURL(resolve("webgpu")).href);
Object.assign(globalThis, globals);
// Kept reachable: the binding crashes if it is collected while a promise is pending.
globalThis.gpu = create([]);
const adapter = await globalThis.gpu.requestAdapter({ powerPreference: "high-performance" });
if (adapter) {
  const { device, description, isFallbackAdapter } = adapter.info;
  const gpuDevice = await adapter.requestDevice();
  gpuDevice.destroy();
  console.log(JSON.stringify({ device, description, software: isFallbackAdapter }));
} else console.log("null");
