import type { DType } from "../src/dtype.js";
import type { AdapterTraits } from "../src/executors/webgpu/device/adapterTraits.js";
import { TileChoices } from "../src/executors/webgpu/device/tileChoices.js";
import { lowerConv2dDirect } from "../src/executors/webgpu/kernels/conv2dDirect.js";
import { lowerConv2dTexture } from "../src/executors/webgpu/kernels/conv2dTexture.js";
import { lowerConv2dTiled } from "../src/executors/webgpu/kernels/conv2dTiled.js";
import { lowerConv2dWeightGradientDirect } from "../src/executors/webgpu/kernels/conv2dWeightGradientDirect.js";
import { lowerConv2dWeightGradientTexture } from "../src/executors/webgpu/kernels/conv2dWeightGradientTexture.js";
import { lowerConv2dWeightGradientTiled } from "../src/executors/webgpu/kernels/conv2dWeightGradientTiled.js";
import { lowerConvTranspose2dDirect } from "../src/executors/webgpu/kernels/convTranspose2dDirect.js";
import { lowerConvTranspose2dTexture } from "../src/executors/webgpu/kernels/convTranspose2dTexture.js";
import { lowerConvTranspose2dTiled } from "../src/executors/webgpu/kernels/convTranspose2dTiled.js";
import { lowerMatmulDirect } from "../src/executors/webgpu/kernels/matmulDirect.js";
import { lowerMatmulTexture } from "../src/executors/webgpu/kernels/matmulTexture.js";
import { lowerMatmulTiled } from "../src/executors/webgpu/kernels/matmulTiled.js";
import type { Kernel, LoweringContext } from "../src/executors/webgpu/kernels/step.js";
import type { GraphNode } from "../src/primitives/graph.js";
import { primitives } from "../src/primitives/index.js";
import type { Shape } from "../src/shape.js";
import { type AnyLowering, graphOf } from "./contractionHarness.js";

// The lowering of an operation is given nodes of that operation only.
const lowerings = {
  matmul: [lowerMatmulTiled, lowerMatmulTexture, lowerMatmulDirect],
  conv2d: [lowerConv2dTiled, lowerConv2dTexture, lowerConv2dDirect],
  convTranspose2d: [lowerConvTranspose2dTiled, lowerConvTranspose2dTexture, lowerConvTranspose2dDirect],
  conv2dWeightGradient: [
    lowerConv2dWeightGradientTiled,
    lowerConv2dWeightGradientTexture,
    lowerConv2dWeightGradientDirect,
  ],
} as unknown as Readonly<Record<string, readonly AnyLowering[]>>;

/** A GPU that allows everything, with subgroups of 32 and matrices of 16 x 16 x 16. */
export const ampleTraits: AdapterTraits = {
  kind: "gpu",
  limits: {
    maxBufferSize: 2 ** 31,
    maxStorageBufferBindingSize: 2 ** 31,
    maxStorageBuffersPerShaderStage: 16,
    maxStorageTexturesPerShaderStage: 8,
    maxTextureDimension2D: 16384,
    maxComputeWorkgroupStorageSize: 65536,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
    maxComputeWorkgroupsPerDimension: 65535,
  },
  features: new Set(["shader-f16"]),
  immediates: true,
  subgroupSize: 32,
  asksForSubgroups: false,
  subgroupMatrix: { rows: 16, columns: 16, depth: 16 },
};

/** One product of each operation, with channels that are read in vectors, or one by one, or that are few. */
function products(dtype: DType, channels: number): { node: GraphNode; shapes: readonly [Shape, Shape] }[] {
  const aval = (shape: Shape) => ({ shape, dtype });
  const [x, weight] = [
    [2, 24, 24, channels],
    [4, 4, channels, channels],
  ];
  const params = {
    stride: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 1,
  } as const;
  const y = primitives.conv2d.infer([aval(x), aval(weight)], params).shape;
  const inputs = [0, 1];
  const outputSize = [24, 24] as const;
  const kernelSize = [4, 4] as const;
  return [
    {
      node: { op: "matmul", inputs, params: {}, shape: [100, 9 * channels], dtype },
      shapes: [
        [100, 9 * channels],
        [9 * channels, 9 * channels],
      ],
    },
    { node: { op: "conv2d", inputs, params, shape: y, dtype }, shapes: [x, weight] },
    {
      node: { op: "convTranspose2d", inputs, params: { ...params, outputSize }, shape: x, dtype },
      shapes: [y, weight],
    },
    {
      node: { op: "conv2dWeightGradient", inputs, params: { ...params, kernelSize }, shape: weight, dtype },
      shapes: [x, y],
    },
  ];
}

/** Every kernel of every contraction on an adapter: all variants, tiles, dtypes and ways to read operands. */
export function contractionKernels(traits: AdapterTraits): Kernel[] {
  const kernels = new Map<string, Kernel>();
  for (const dtype of ["f32", "f16"] as const) {
    for (const channels of [12, 11, 3]) {
      for (const { node, shapes } of products(dtype, channels)) {
        const tiles = new TileChoices();
        let resources = 3;
        const context: LoweringContext = {
          traits,
          tiles,
          value: (id) => id,
          scratch: () => resources++,
          texture: () => undefined,
          newTexture: () => resources++,
          leaveParts: () => undefined,
          parts: () => undefined,
          epilogue: () => undefined,
          uniform: () => resources++,
          table: () => resources++,
          turnOf: () => undefined,
        };
        for (const lowering of lowerings[node.op]!) {
          const lower = () => lowering(node, 2, graphOf(node, shapes), context) ?? [];
          const asked = tiles.questions(lower);
          const runs = asked.flatMap(({ product, candidates }) =>
            candidates.map((tile) => tiles.attempt(product, tile, lower)),
          );
          for (const step of [lower(), ...runs].flat())
            if (step.kind === "dispatch") kernels.set(step.kernel.code, step.kernel);
        }
      }
    }
  }
  return [...kernels.values()];
}
