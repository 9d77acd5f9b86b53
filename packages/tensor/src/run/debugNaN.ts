import notFinite from "../../../../shaders/notFinite.wgsl?raw";
import { type DType, isFloat } from "../dtype.js";
import type { DeviceBuffer } from "../executors/webgpu/device/buffer.js";
import type { Device } from "../executors/webgpu/device/device.js";
import { preprocess } from "../executors/webgpu/kernels/preprocess.js";
import { sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { leavesWithPaths, type Tree } from "../tree.js";

/** Invocations per workgroup, and workgroups per dispatch: more elements are taken in turns. */
const workgroupSize = 64;
const maxWorkgroups = 1024;

/** What a tensor holds that is not a finite number. */
interface NotFinite {
  readonly count: number;
  readonly nans: number;
  /** Row-major position of the first. */
  readonly first: number;
}

async function search(
  device: Device,
  buffer: DeviceBuffer,
  dtype: DType,
  length: number,
): Promise<NotFinite> {
  const { pipeline, layout } = await device.pipeline({
    label: `debug not finite ${dtype}`,
    code: preprocess(notFinite, { THREADS: workgroupSize, HALF: dtype === "f16" ? 1 : 0 }),
    bindings: ["read", "write"],
    immediateSize: 0,
  });
  const workgroups = Math.min(maxWorkgroups, Math.ceil(length / workgroupSize));
  // What was found, and after it what to search: a device without immediates has no other place for so little.
  const result = device.upload(Uint32Array.of(0, length, 0, length, workgroups * workgroupSize), "u32");
  try {
    const group = device.gpu.createBindGroup({
      layout,
      entries: [buffer, result].map((bound, binding) => ({ binding, resource: { buffer: bound.buffer } })),
    });
    const encoder = device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups);
    pass.end();
    device.gpu.queue.submit([encoder.finish()]);
    const [count, first, nans] = await result.read("u32");
    return { count: count!, first: first!, nans: nans! };
  } finally {
    result.release();
  }
}

/**
 * Throws when a float tensor of `tree` holds NaN or an infinity, and says which: `what` describes the tree ("the result"), `advice` what to
 * do. Every tensor has been computed. Waits for the device: for debugging.
 */
export async function expectFinite(
  op: string,
  what: string,
  tree: Tree<Tensor>,
  advice: string,
): Promise<void> {
  for (const [path, tensor] of leavesWithPaths(tree)) {
    const { buffer, shape, dtype } = tensor;
    if (!buffer || !isFloat(dtype)) continue;
    const length = sizeOf(shape);
    const { count, nans, first } = await search(buffer.device, buffer, dtype, length);
    if (count === 0) continue;
    const index = stridesOf(shape).map((stride, axis) => Math.floor(first / stride) % shape[axis]!);
    const kinds = nans === count ? "NaN" : nans === 0 ? "infinite values" : "NaN and infinite values";
    throw new Error(
      `${op}: ${what}${path === "" ? "" : ` "${path}"`} ${tensor} holds ${kinds}: ${count} of ${length} elements, ` +
        `the first at [${index.join(",")}]; ${advice}`,
    );
  }
}

/** The arguments of a call, before it: what is wrong already did not come from the function. */
export const expectFiniteArguments = (op: string, args: readonly Tree<Tensor>[]): Promise<void> =>
  expectFinite(op, "argument", args, "look at the data, or at the step before");

/** What a call returned. */
export const expectFiniteResult = (op: string, result: Tree<Tensor>): Promise<void> =>
  expectFinite(
    op,
    "the result",
    result,
    "the arguments were finite, so it arose inside: return intermediate values too to see where, and look for log, div, sqrt " +
      "and exp of what they cannot take, or a learning rate that is too high",
  );
