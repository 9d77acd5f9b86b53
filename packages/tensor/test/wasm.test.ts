import { WasmExecutor } from "../src/executors/wasm/index.js";
import { executorSuite } from "./executorSuite.js";

executorSuite("WebAssembly", async () => new WasmExecutor());
