/** What suites of the WebAssembly executor share. */
import { WasmExecutor } from "../src/executors/wasm/index.js";
import type { Tensor } from "../src/index.js";
import { expectExactOn } from "./exact.js";

export { numbers } from "./exact.js";

export const device = new WasmExecutor({ threads: 1 });

/** What `outputs` are here is what they are in float64. */
export const expectExact = (
  outputs: readonly Tensor[],
  tolerance?: number,
  on: WasmExecutor = device,
): Promise<void> => expectExactOn(on, outputs, tolerance);
