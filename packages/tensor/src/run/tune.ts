import type { Executor, TunedProduct } from "../executor.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { trace } from "../graph/trace.js";
import type { Tensor } from "../tensor.js";
import { flatten, type Tree } from "../tree.js";
import { boundedReach } from "./boundedReach.js";
import { chooseExecutor } from "./chooseExecutor.js";
import { putConstants } from "./putConstants.js";

export interface TuneOptions {
  /** Where to measure; by default where the arguments live. */
  readonly device?: Executor;
  /** Called before each product. */
  readonly onProduct?: (product: string, index: number, count: number) => void;
}

/**
 * Measures every contraction of `f`, those inside `scan`, `cond` and `whileLoop` among them, with each tile that fits, one at a time, and lets programs that are compiled on the device from now on take the fastest. The
 * arguments only tell shapes and dtypes. What was found is in `device.tiles.entries()`, to be kept; `device.tiles.assign(entries)` brings it back.
 * Takes seconds on a GPU and minutes on a software adapter, where every new kernel has to be compiled.
 */
export function tune<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: TuneOptions = {},
): (...args: A) => Promise<TunedProduct[]> {
  return async (...args) => {
    const { outputs, placeholders } = callWithPlaceholders("tune", f, args);
    const reached = boundedReach(outputs, placeholders);
    const operands = args.flatMap((arg) => flatten(arg).leaves);
    const device = await chooseExecutor("tune", [...operands, ...reached], options.device);
    if (!device.tune) {
      throw new Error(
        `tune: ${device.name} has no kernels to choose among; tune on a device, as in { device: await Device.open() }`,
      );
    }
    await putConstants(reached, device);
    return device.tune(trace(outputs, placeholders).graph, options.onProduct);
  };
}
