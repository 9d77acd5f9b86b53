import { WasmExecutor } from "@clidim/tensor/wasm";

/** The processor by WebAssembly, one for all files of a process, with what they have compiled; on one thread, since other processes test beside it. */
export const processor = new WasmExecutor({ threads: 1 });
