import { WasmExecutor } from "@clidim/tensor/wasm";

/** The processor with all threads that the page has. */
export const openProcessor = (): WasmExecutor => new WasmExecutor();
