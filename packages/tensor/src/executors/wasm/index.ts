export { WasmExecutor, type WasmOptions } from "./wasmExecutor.js";
export { wasmThreads } from "./wasmThreads.js";
