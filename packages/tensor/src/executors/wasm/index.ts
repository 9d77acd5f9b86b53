export { WasmExecutor } from "./wasmExecutor.js";
