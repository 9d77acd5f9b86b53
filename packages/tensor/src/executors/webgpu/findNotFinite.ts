import notFinite from "../../../../../shaders/notFinite.wgsl?raw";
import type { DType } from "../../dtype.js";
import type { NotFinite } from "../../executor.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { Device } from "./device.js";
import { preprocess } from "./kernels/preprocess.js";

/** Invocations per workgroup, and workgroups per dispatch: more elements are taken in turns. */
const workgroupSize = 64;
const maxWorkgroups = 1024;

/** Counts the values of a buffer of `length` floats that are not finite, and finds the first. */
export async function findNotFinite(
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
  const result = device.transfers.upload(
    Uint32Array.of(0, length, 0, length, workgroups * workgroupSize),
    "u32",
  );
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
