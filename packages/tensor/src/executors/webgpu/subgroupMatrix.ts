import { fromHalf, toHalf } from "../../float16.js";
import type { Graph, GraphNode } from "../../primitives/graph.js";
import type { AdapterTraits, SubgroupMatrix } from "./device/adapterTraits.js";
import type { GPUAdapterInfo, GPUDevice } from "./device/gpuTypes.js";
import type { KernelSource } from "./device/kernelSource.js";
import type { Pipeline } from "./device/pipelines.js";
import { TileChoices } from "./device/tileChoices.js";
import { lowerMatmulTiled } from "./kernels/matmulTiled.js";
import { bindParameters } from "./passes/bindParameters.js";

/** An entry of `adapter.info.subgroupMatrixConfigs`, which is not in the published types. */
interface Configuration {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** The largest matrices that multiply halves and add up in f32, if the adapter lists any. */
export function subgroupMatrixOf(info: GPUAdapterInfo): SubgroupMatrix | undefined {
  const { subgroupMatrixConfigs = [] } = info as { readonly subgroupMatrixConfigs?: Iterable<Configuration> };
  const [best] = [...subgroupMatrixConfigs]
    .filter(
      ({ componentType, resultComponentType }) => componentType === "f16" && resultComponentType === "f32",
    )
    .sort((a, b) => b.M * b.N * b.K - a.M * a.N * a.K);
  return best && { rows: best.M, columns: best.N, depth: best.K };
}

const [rows, depth, columns] = [70, 48, 68];
/** GPUBufferUsage: MAP_READ, COPY_SRC, COPY_DST, STORAGE. */
const usage = { read: 0x01 | 0x08, storage: 0x04 | 0x08 | 0x80 };

/** What the product is tried on. */
interface TriedDevice {
  readonly gpu: GPUDevice;
  readonly traits: AdapterTraits;
  pipeline(kernel: KernelSource): Promise<Pipeline>;
}

/**
 * Whether a product with subgroup matrices is right on a device whose traits name them: drivers are known that crash or compute wrongly. Small whole numbers make every
 * sum exact. A device that is lost over it is lost.
 */
export async function subgroupMatricesWork(device: TriedDevice): Promise<boolean> {
  const { gpu } = device;
  const value = (i: number): number => ((i * 7919) % 13) - 6;
  const node: GraphNode = { op: "matmul", inputs: [0, 1], params: {}, shape: [rows, columns], dtype: "f16" };
  const input = (shape: readonly number[]): GraphNode => ({
    op: "input",
    inputs: [],
    params: {},
    shape,
    dtype: "f16",
  });
  const graph: Graph = {
    nodes: [input([rows, depth]), input([depth, columns]), node],
    inputs: [0, 1],
    outputs: [2],
  };
  const halves = [rows * depth, depth * columns, rows * columns];
  const buffers = halves.map((count) => gpu.createBuffer({ size: 2 * count, usage: usage.storage }));
  const staging = gpu.createBuffer({ size: 2 * rows * columns, usage: usage.read });
  try {
    for (const k of [0, 1] as const) {
      gpu.queue.writeBuffer(
        buffers[k]!,
        0,
        Uint16Array.from({ length: halves[k]! }, (_, i) => toHalf(value(i))),
      );
    }
    const none = (): never => {
      throw new Error("the product is one step");
    };
    const steps = lowerMatmulTiled(node, 2, graph, {
      traits: device.traits,
      tiles: new TileChoices(),
      value: (id) => id,
      scratch: none,
      texture: none,
      newTexture: none,
      leaveParts: none,
      parts: none,
      epilogue: () => undefined,
      uniform: none,
      table: none,
      turnOf: () => undefined,
    });
    const [first] = steps ?? [];
    const step = first && bindParameters(first, { immediates: true, uniform: none });
    if (step?.kind !== "dispatch") return false;
    const { pipeline, layout } = await device.pipeline(step.kernel);
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = step.resources.map((resource, binding) => ({
      binding,
      resource: { buffer: buffers[resource]! },
    }));
    pass.setBindGroup(0, gpu.createBindGroup({ layout, entries }));
    pass.setImmediates(0, new Uint32Array(step.immediates));
    pass.dispatchWorkgroups(...step.workgroups);
    pass.end();
    encoder.copyBufferToBuffer(buffers[2]!, 0, staging, 0, staging.size);
    gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const actual = new Uint16Array(staging.getMappedRange());
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += value(row * depth + k) * value(k * columns + column);
        if (fromHalf(actual[row * columns + column]!) !== sum) return false;
      }
    }
    return true;
  } catch {
    // What a driver refuses is not used.
    return false;
  } finally {
    for (const buffer of [...buffers, staging]) buffer.destroy();
  }
}
