import { beforeAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import type { AdapterTraits, SubgroupMatrix } from "../src/executors/webgpu/device/adapterTraits.js";
import type { KernelSource } from "../src/executors/webgpu/device/kernelSource.js";
import { Device } from "../src/executors/webgpu/device.js";
import { lowerConv2dTiled } from "../src/executors/webgpu/kernels/conv2dTiled.js";
import { lowerConv2dWeightGradientTiled } from "../src/executors/webgpu/kernels/conv2dWeightGradientTiled.js";
import { lowerConvTranspose2dTiled } from "../src/executors/webgpu/kernels/convTranspose2dTiled.js";
import { lowerMatmulTiled } from "../src/executors/webgpu/kernels/matmulTiled.js";
import type { Kernel } from "../src/executors/webgpu/kernels/step.js";
import { subgroupMatricesWork, subgroupMatrixOf } from "../src/executors/webgpu/subgroupMatrix.js";
import { fromHalf, toHalf } from "../src/float16.js";
import type { GraphNode } from "../src/primitives/graph.js";
import { primitives } from "../src/primitives/index.js";
import type { ConvParams } from "../src/primitives/params.js";
import type { ReferenceValue } from "../src/primitives/primitive.js";
import { type Shape, sizeOf } from "../src/shape.js";
import { type AnyLowering, SingleProgram } from "./contractionHarness.js";

// No adapter of a test machine has subgroup matrices. So the text of the kernels is checked by the compiler on Dawn's null adapter, which takes
// every feature; and what they do is computed with the four functions on matrices written out, which checks all but these functions.

const nvidia: SubgroupMatrix = { rows: 16, columns: 16, depth: 16 };
const slim: SubgroupMatrix = { rows: 16, columns: 16, depth: 8 };
const apple: SubgroupMatrix = { rows: 8, columns: 8, depth: 8 };

let device: Device;
beforeAll(async () => {
  device = await Device.open({ kernels: "gpu" });
});

const traitsWith = (subgroupMatrix: SubgroupMatrix): AdapterTraits => ({
  ...device.traits,
  subgroupMatrix,
  subgroupSize: 32,
  asksForSubgroups: false,
});

const lowerings: Readonly<Record<string, AnyLowering>> = {
  // The lowering of an operation is given nodes of that operation only.
  matmul: lowerMatmulTiled as AnyLowering,
  conv2d: lowerConv2dTiled as AnyLowering,
  convTranspose2d: lowerConvTranspose2dTiled as AnyLowering,
  conv2dWeightGradient: lowerConv2dWeightGradientTiled as AnyLowering,
};

interface Case {
  readonly node: GraphNode;
  readonly shapes: readonly [Shape, Shape];
}

const params: ConvParams = {
  stride: [2, 1],
  padding: [
    [1, 1],
    [1, 2],
  ],
  dilation: [1, 1],
  groups: 1,
};

const half = { inputs: [0, 1], dtype: "f16" } as const;

function convolutions(x: Shape, weight: Shape): Record<string, Case> {
  const aval = (shape: Shape) => ({ shape, dtype: "f16" }) as const;
  const y = primitives.conv2d.infer([aval(x), aval(weight)], params).shape;
  const outputSize = [x[1]!, x[2]!] as const;
  const kernelSize = [weight[0]!, weight[1]!] as const;
  return {
    conv2d: { node: { op: "conv2d", params, shape: y, ...half }, shapes: [x, weight] },
    convTranspose2d: {
      node: { op: "convTranspose2d", params: { ...params, outputSize }, shape: x, ...half },
      shapes: [y, weight],
    },
    conv2dWeightGradient: {
      node: { op: "conv2dWeightGradient", params: { ...params, kernelSize }, shape: weight, ...half },
      shapes: [x, y],
    },
  };
}

const product = (batch: readonly number[], m: number, k: number, n: number): Case => ({
  node: { op: "matmul", params: {}, shape: [...batch, m, n], ...half },
  shapes: [
    [...batch, m, k],
    [...batch, k, n],
  ],
});

const operand = (shape: Shape, seed: number): { shape: Shape; data: Float32Array } => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919 + seed * 104729) % 13) - 6),
});

const start = (code: string): number => code.indexOf("alias Left");

/**
 * The functions on matrices written out: an operand is where it lies in workgroup memory, and the sums of a matrix are divided among the invocations of a
 * subgroup.
 */
function written<K extends Kernel>(kernel: K, { rows: m, columns: n, depth: k }: SubgroupMatrix): K {
  if (start(kernel.code) < 0) return kernel;
  // Constant indices: an array that lives across barriers takes llvmpipe minutes to compile.
  const owned = Array.from({ length: (m * n) / 32 }, (_, e) => ({
    value: `[${Math.floor(e / 4)}][${e % 4}]`,
    row: `((ownLane + ${32 * e}u) / ${n}u)`,
    column: `((ownLane + ${32 * e}u) % ${n}u)`,
  }));
  const terms = owned.map(
    ({ value, row, column }) =>
      `total${value} += atA(a.first + ${row} * a.down + l * a.across) * atB(b.first + l * b.down + ${column} * b.across);`,
  );
  const stores = owned.map(
    ({ value, row, column }) =>
      `sums[offset + ${row} * stride + ${column} / 4u][${column} % 4u] = c${value};`,
  );
  const functions = `
// Element (row, column) lies at first + row * down + column * across.
struct MatrixPlace { first: u32, down: u32, across: u32 }
alias Left = MatrixPlace;
alias Right = MatrixPlace;
alias Sums = mat${owned.length / 4}x4f;
var<private> ownLane: u32;
fn atA(i: u32) -> f32 { return f32(tileA[i / 4u][i % 4u]); }
fn atB(i: u32) -> f32 { return f32(tileB[i / 4u][i % 4u]); }
fn multiplyAccumulate(a: Left, b: Right, c: Sums) -> Sums {
  var total = c;
  for (var l = 0u; l < ${k}u; l++) {
    ${terms.join("\n    ")}
  }
  return total;
}
fn storeSums(offset: u32, c: Sums, stride: u32) {
  ${stores.join("\n  ")}
}
`;
  const code = kernel.code
    .replace(/enable subgroups;\n|enable chromium\w+;\n|diagnostic\(.*\);\n/g, "")
    .replace(/alias (Left|Right|Sums) = .*\n/g, "")
    .replace(/subgroupMatrixLoad<(\w+), row_major>\(&\w+, (.*), (\w+)\);/g, "$1(4u * ($2), 4u * $3, 1u);")
    .replace(/subgroupMatrixLoad<(\w+), col_major>\(&\w+, (.*), (\w+)\);/g, "$1(4u * ($2), 1u, 4u * $3);")
    .replaceAll("subgroupMatrixMultiplyAccumulate(", "multiplyAccumulate(")
    .replaceAll("subgroupMatrixStore<row_major>(&sums, ", "storeSums(")
    .replace(
      /,\n {2}@builtin\(subgroup_id\).*\n {2}@builtin\(subgroup_invocation_id\).*\n\) \{/,
      ",\n) {\n  let subgroup = thread / 32u;\n  let lane = thread % 32u;\n  ownLane = lane;",
    );
  return { ...kernel, code: code.replace("@compute", `${functions}\n@compute`) };
}

async function compute(
  { node, shapes }: Case,
  matrix: SubgroupMatrix,
  labels?: Set<string>,
): Promise<Float32Array> {
  const lowering: AnyLowering = (...args) =>
    lowerings[node.op]!(...args)?.map((step) => {
      if (step.kind !== "dispatch") return step;
      labels?.add(step.kernel.label);
      return { ...step, kernel: written(step.kernel, matrix) };
    });
  const operands = [operand(shapes[0], 1), operand(shapes[1], 2)] as const;
  const program = new SingleProgram(device, lowering, node, operands, traitsWith(matrix));
  try {
    return await program.run();
  } finally {
    program.destroy();
  }
}

function expected({ node, shapes }: Case): number[] {
  const inputs = shapes.map(
    (shape, i): ReferenceValue => ({
      shape,
      dtype: "f16",
      data: Float64Array.from(operand(shape, i + 1).data),
    }),
  );
  // The name selects the parameters' type, which a union does not say.
  const reference = primitives[node.op].reference as (...args: unknown[]) => Float64Array;
  return [...reference(inputs, node.params, node)].map((value) => fromHalf(toHalf(value)));
}

/** Vectors and single elements, narrow results, several parts of k, batches and phases. */
const texts: Readonly<Record<string, Case>> = {
  ...convolutions([2, 9, 7, 12], [3, 3, 12, 40]),
  ...Object.fromEntries(
    Object.entries(convolutions([1, 12, 13, 3], [4, 2, 3, 7])).map(([name, c]) => [`${name}, odd`, c]),
  ),
  "conv2d in parts": convolutions([1, 7, 6, 64], [4, 4, 64, 36]).conv2d!,
  matmul: product([], 70, 40, 68),
  "matmul, batch": product([3], 33, 17, 15),
};

/** Those that are computed: each text takes a software adapter seconds to compile. */
const cases = Object.entries(texts).filter(([name]) =>
  ["matmul, batch", "convTranspose2d", "conv2dWeightGradient", "conv2d in parts"].includes(name),
);

describe.each([
  ["16 x 16 x 16", nvidia],
  ["16 x 16 x 8", slim],
] as const)("products with subgroup matrices of %s", (_, matrix) => {
  const chosen = cases.filter(([name]) => (matrix === nvidia) !== (name === "matmul, batch"));
  it.each(chosen)("%s", async (_name, given) => {
    const labels = new Set<string>();
    expect([...(await compute(given, matrix, labels))]).toEqual(expected(given));
    expect([...labels].some((label) => label.startsWith(`${given.node.op} matrices`))).toBe(true);
  });
});

describe("the text", () => {
  it("passes the compiler, for every operation, tile and size of matrix", async () => {
    const gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
    // The binding crashes when it is collected while something waits.
    Object.assign(globalThis, { nullGpu: gpu });
    const adapter = (await gpu.requestAdapter())!;
    const features = [
      "shader-f16",
      "subgroups",
      "subgroup-size-control",
      "chromium-experimental-subgroup-matrix",
    ];
    // The experimental name is not in the published union of feature names.
    const nullDevice = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
    const large = convolutions([1, 256, 129, 4], [1, 1, 4, 128]).conv2d!;
    const seen = new Set<string>();
    const asking = { ...traitsWith(nvidia), asksForSubgroups: true };
    for (const traits of [...[nvidia, slim, apple].map(traitsWith), asking]) {
      for (const { node, shapes } of [...Object.values(texts), large]) {
        const operands = [operand(shapes[0], 1), operand(shapes[1], 2)] as const;
        const program = new SingleProgram(device, lowerings[node.op]!, node, operands, traits);
        program.destroy();
        for (const step of program.steps) {
          if (step.kind !== "dispatch" || start(step.kernel.code) < 0) continue;
          const { label, code } = step.kernel;
          seen.add(label);
          const { messages } = await nullDevice.createShaderModule({ code }).getCompilationInfo();
          expect(
            messages.map(({ message }) => message),
            `${label}\n${code}`,
          ).toEqual([]);
        }
      }
    }
    expect([...seen].map((label) => label.split(" ")[0]).sort()).toEqual(
      expect.arrayContaining(["conv2d", "conv2dWeightGradient", "convTranspose2d", "matmul"]),
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(["conv2d matrices 128x128 f16", "matmul matrices 64x64 f16"]),
    );
  });
});

describe("an adapter's subgroup matrices", () => {
  const config = (componentType: string, resultComponentType: string, m: number, n: number, k: number) => ({
    componentType,
    resultComponentType,
    M: m,
    N: n,
    K: k,
  });

  it("are the largest that multiply halves and add up in f32", () => {
    const infoWith = (subgroupMatrixConfigs: unknown) => ({ ...device.info, subgroupMatrixConfigs });
    const configs = [
      config("f16", "f16", 16, 16, 16),
      config("f16", "f32", 16, 8, 8),
      config("f16", "f32", 16, 8, 16),
      config("i8", "i32", 16, 16, 32),
    ];
    expect(subgroupMatrixOf(infoWith(configs))).toEqual({ rows: 16, columns: 8, depth: 16 });
    expect(subgroupMatrixOf(infoWith([config("f32", "f32", 8, 8, 8)]))).toBeUndefined();
    expect(subgroupMatrixOf(infoWith(undefined))).toBeUndefined();
  });

  it("are not used where a product with them is wrong or does not run", async () => {
    const tester = (
      kernelOf: (kernel: KernelSource) => KernelSource,
    ): Parameters<typeof subgroupMatricesWork>[0] => ({
      gpu: device.gpu,
      traits: traitsWith(nvidia),
      pipeline: (kernel) => device.pipeline(kernelOf(kernel)),
    });
    expect(await subgroupMatricesWork(tester((kernel) => written(kernel, nvidia)))).toBe(true);
    const transposed = (kernel: KernelSource): KernelSource => {
      const right = written(kernel, nvidia);
      return { ...right, code: right.code.replace("4u * lineB, 1u)", "1u, 4u * lineB)") };
    };
    expect(await subgroupMatricesWork(tester(transposed))).toBe(false);
    const refused = tester(() => {
      throw new Error("no");
    });
    expect(await subgroupMatricesWork(refused)).toBe(false);
  });
});

describe("tiles with subgroup matrices", () => {
  it("are taken for halves alone, where there are such matrices and the size of subgroups is known", () => {
    const labelsOf = (dtype: "f16" | "f32", traits: AdapterTraits): string[] => {
      const { node, shapes } = product([], 70, 40, 68);
      const labels: string[] = [];
      const lowering: AnyLowering = (...args) => {
        const steps = lowerings.matmul!(...args);
        for (const step of steps ?? []) if (step.kind === "dispatch") labels.push(step.kernel.label);
        return steps;
      };
      const operands = [operand(shapes[0], 1), operand(shapes[1], 2)] as const;
      new SingleProgram(device, lowering, { ...node, dtype }, operands, traits).destroy();
      return labels;
    };
    const traits = traitsWith(nvidia);
    const { subgroupMatrix: _, ...without } = traits;
    const { limits } = traits;
    expect(labelsOf("f16", traits)).toEqual(["matmul matrices 64x64 f16"]);
    expect(labelsOf("f32", traits)).toEqual(["matmul 64x64"]);
    expect(labelsOf("f16", without)).toEqual(["matmul 64x64 f16"]);
    expect(labelsOf("f16", { ...traits, subgroupSize: 0 })).toEqual(["matmul 64x64 f16"]);
    expect(labelsOf("f16", { ...traits, subgroupMatrix: { rows: 12, columns: 16, depth: 16 } })).toEqual([
      "matmul 64x64 f16",
    ]);
    expect(
      labelsOf("f16", { ...traits, limits: { ...limits, maxComputeWorkgroupStorageSize: 12_000 } }),
    ).toEqual(["matmul 64x64 f16"]);
  });
});
