export { WasmExecutor, type WasmOptions } from "./wasmExecutor.js";
