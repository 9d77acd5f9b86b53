import { expect, it } from "vitest";
import type { GPUDevice } from "../src/executors/webgpu/device/gpuTypes.js";
import { Profiler } from "../src/executors/webgpu/device/profiler.js";

/** A device whose timestamp n of a query set is 1000 n nanoseconds; `resolved`: how many were read of each set. */
function clock(): { readonly gpu: GPUDevice; readonly resolved: number[] } {
  const resolved: number[] = [];
  const gpu = {
    createQuerySet: () => ({ destroy: () => undefined }),
    createBuffer: ({ size }: { size: number }) => ({
      mapAsync: async () => undefined,
      getMappedRange: () => BigUint64Array.from({ length: size / 8 }, (_, n) => BigInt(1000 * n)).buffer,
      destroy: () => undefined,
    }),
    createCommandEncoder: () => ({
      resolveQuerySet: (_set: unknown, first: number, count: number) => resolved.push(first + count),
      copyBufferToBuffer: () => undefined,
      finish: () => undefined,
    }),
    queue: { submit: () => undefined },
  };
  return { gpu: gpu as unknown as GPUDevice, resolved };
}

it.each([
  [0, []],
  [3, [6]],
  [2048, [4096]],
  [2050, [4096, 4]],
])(
  "of %i dispatches, the timestamps that were written are read, and no others: a driver may wait for those for ever",
  async (count, read) => {
    const { gpu, resolved } = clock();
    const profiler = new Profiler(gpu);
    for (let n = 0; n < count; n++) profiler.next(`kernel ${n}`, 1);
    const { dispatches } = await profiler.finish();
    expect(resolved).toEqual(read);
    expect(dispatches.map(({ label }) => label)).toEqual(
      Array.from({ length: count }, (_, n) => `kernel ${n}`),
    );
    for (const { milliseconds } of dispatches) expect(milliseconds).toBeCloseTo(1e-3, 9);
  },
);
