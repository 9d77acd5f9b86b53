import { thorough } from "@clidim/testing/thorough";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Device } from "../src/executors/webgpu/device.js";
import { chooseContraction } from "../src/executors/webgpu/kernels/chooseContraction.js";
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
import { fromHalf, toHalf } from "../src/float16.js";
import * as reference from "../src/primitives/convolution.js";
import type { GraphNode } from "../src/primitives/graph.js";
import { primitives } from "../src/primitives/index.js";
import { matmul } from "../src/primitives/matmul.js";
import type { ConvParams } from "../src/primitives/params.js";
import { type Aval, type Shape, sizeOf } from "../src/shape.js";
import { type AnyLowering, SingleProgram } from "./contractionHarness.js";

interface Operand {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Small integers: f32 sums of their products are exact, so that kernels must agree to the last bit. */
function integers(shape: Shape, seed: number): Operand {
  let state = seed * 2654435761 + 1;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 28) - 8;
  });
  return { shape, data };
}

const dtypes = ["f32", "f16"] as const;
type FloatType = (typeof dtypes)[number];

/** Of the result alone: small whole numbers are halves, and sums of their products are exact in f32. */
const rounded = (values: Float64Array, dtype: FloatType): Float64Array =>
  dtype === "f16" ? values.map((value) => fromHalf(toHalf(value))) : values;

const exact = ({ shape, data }: Operand): { shape: Shape; dtype: "f32"; data: Float64Array } => ({
  shape,
  dtype: "f32",
  data: Float64Array.from(data),
});

const flavours = ["chosen", "texture", "tiled", "direct"] as const;
type Flavour = (typeof flavours)[number];

const lowerings = {
  conv2d: {
    chosen: chooseContraction,
    texture: lowerConv2dTexture,
    tiled: lowerConv2dTiled,
    direct: lowerConv2dDirect,
  },
  convTranspose2d: {
    chosen: chooseContraction,
    texture: lowerConvTranspose2dTexture,
    tiled: lowerConvTranspose2dTiled,
    direct: lowerConvTranspose2dDirect,
  },
  conv2dWeightGradient: {
    chosen: chooseContraction,
    texture: lowerConv2dWeightGradientTexture,
    tiled: lowerConv2dWeightGradientTiled,
    direct: lowerConv2dWeightGradientDirect,
  },
  matmul: {
    chosen: chooseContraction,
    texture: lowerMatmulTexture,
    tiled: lowerMatmulTiled,
    direct: lowerMatmulDirect,
  },
};

it("every primitive of the kind has kernels", () => {
  const names = Object.entries(primitives).flatMap(([name, { kind }]) =>
    kind === "contraction" ? [name] : [],
  );
  expect(names.sort()).toEqual(Object.keys(lowerings).sort());
});

let device: Device;
const kernelsRun = new Set<string>();
/** Less than the adapter's where a test wants grids that exceed it, or little workgroup memory. */
let workgroupLimit = Number.POSITIVE_INFINITY;
let sharedLimit = Number.POSITIVE_INFINITY;
/** What the adapter is taken for. */
let kind: Device["traits"]["kind"] | undefined;
beforeAll(async () => {
  device = await Device.open();
});

async function compute(
  flavour: Flavour,
  node: GraphNode,
  operands: readonly [Operand, Operand],
): Promise<Float32Array> {
  // The lowering of an operation is given nodes of that operation only.
  const lowering = lowerings[node.op as keyof typeof lowerings][flavour] as AnyLowering;
  const limits = device.traits.limits;
  const maxComputeWorkgroupsPerDimension = Math.min(limits.maxComputeWorkgroupsPerDimension, workgroupLimit);
  const maxComputeWorkgroupStorageSize = Math.min(limits.maxComputeWorkgroupStorageSize, sharedLimit);
  const traits = {
    ...device.traits,
    ...(kind && { kind }),
    limits: { ...limits, maxComputeWorkgroupsPerDimension, maxComputeWorkgroupStorageSize },
  };
  const program = new SingleProgram(device, lowering, node, operands, traits);
  for (const step of program.steps) if (step.kind === "dispatch") kernelsRun.add(step.kernel.label);
  try {
    return await program.run();
  } finally {
    program.destroy();
  }
}

function expectEqual(actual: Float32Array, expected: Float64Array, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const wrong = actual.findIndex((value, i) => value !== expected[i]);
  if (wrong >= 0) expect.fail(`${what}: element ${wrong} is ${actual[wrong]}, expected ${expected[wrong]}`);
}

interface ConvCase {
  readonly x: Shape;
  readonly weight: Shape;
  readonly params: ConvParams;
}

const convNames = ["conv2d", "convTranspose2d", "conv2dWeightGradient"] as const;
type ConvName = (typeof convNames)[number];

/** Compares y = conv2d(x, weight) and its two adjoints (applied to integers of y's shape) with the float64 loops. */
async function checkConvolutions(
  flavour: Flavour,
  { x, weight, params }: ConvCase,
  seed: number,
  names: readonly ConvName[] = convNames,
  dtype: FloatType = "f32",
): Promise<void> {
  const f32 = (shape: Shape): Aval => ({ shape, dtype: "f32" });
  const y = reference.conv2d.infer([f32(x), f32(weight)], params).shape;
  const operands = { x: integers(x, seed), weight: integers(weight, seed + 1), y: integers(y, seed + 2) };
  const outputSize = [x[1]!, x[2]!] as const;
  const kernelSize = [weight[0]!, weight[1]!] as const;
  const cases = {
    conv2d: {
      node: { op: "conv2d", inputs: [0, 1], params, ...f32(y) },
      inputs: [operands.x, operands.weight],
      expected: () => reference.conv2d.reference([exact(operands.x), exact(operands.weight)], params, f32(y)),
    },
    convTranspose2d: {
      node: { op: "convTranspose2d", inputs: [0, 1], params: { ...params, outputSize }, ...f32(x) },
      inputs: [operands.y, operands.weight],
      expected: () =>
        reference.convTranspose2d.reference(
          [exact(operands.y), exact(operands.weight)],
          { ...params, outputSize },
          f32(x),
        ),
    },
    conv2dWeightGradient: {
      node: { op: "conv2dWeightGradient", inputs: [0, 1], params: { ...params, kernelSize }, ...f32(weight) },
      inputs: [operands.x, operands.y],
      expected: () =>
        reference.conv2dWeightGradient.reference(
          [exact(operands.x), exact(operands.y)],
          { ...params, kernelSize },
          f32(weight),
        ),
    },
  } as const satisfies Record<ConvName, unknown>;
  for (const name of names) {
    const { node, inputs, expected } = cases[name];
    expectEqual(
      await compute(flavour, { ...node, dtype }, inputs),
      rounded(expected(), dtype),
      `${flavour} ${name} ${dtype} x [${x}] weight [${weight}] ${JSON.stringify(params)}`,
    );
  }
}

const dense = (
  x: Shape,
  weight: Shape,
  stride: readonly [number, number],
  padding: ConvParams["padding"],
): ConvCase => ({ x, weight, params: { stride, padding, dilation: [1, 1], groups: 1 } });

const even: ConvParams["padding"] = [
  [1, 1],
  [1, 1],
];

const none: ConvParams["padding"] = [
  [0, 0],
  [0, 0],
];

/** Across the edges of every tile: rows, columns, channels, phases. */
const edgeCases: readonly ConvCase[] = [
  dense([3, 9, 6, 1], [4, 4, 1, 16], [2, 2], even),
  dense([1, 12, 10, 2], [4, 4, 2, 20], [2, 2], even),
  dense([3, 8, 8, 64], [4, 4, 64, 68], [1, 1], even),
  dense([2, 7, 7, 20], [4, 4, 20, 1], [1, 1], even),
  dense([16, 2, 2, 16], [4, 4, 16, 64], [2, 2], even),
  dense(
    [1, 17, 5, 4],
    [3, 2, 4, 3],
    [3, 1],
    [
      [2, 0],
      [0, 1],
    ],
  ),
  dense([2, 33, 31, 3], [3, 3, 3, 5], [1, 1], even),
  dense(
    [1, 40, 40, 8],
    [1, 1, 8, 36],
    [1, 1],
    [
      [0, 0],
      [0, 0],
    ],
  ),
  // Rows and columns of x that no output pixel reaches.
  dense(
    [1, 11, 12, 4],
    [2, 2, 4, 16],
    [3, 3],
    [
      [0, 0],
      [0, 0],
    ],
  ),
];

const extent = fc.integer({ min: 1, max: 3 });
const denseCase = (...channels: number[]): fc.Arbitrary<ConvCase> =>
  fc
    .record({
      batch: fc.constantFrom(1, 3),
      out: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
      kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      stride: fc.tuple(extent, extent),
      padding: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
      rest: fc.tuple(fc.nat(2), fc.nat(2)),
      inputs: fc.constantFrom(...channels),
      outputs: fc.constantFrom(...channels),
    })
    .map(({ batch, out, kernel, stride, padding, rest, inputs, outputs }) => {
      const size = ([0, 1] as const).map((axis) => {
        const needed = (out[axis] - 1) * stride[axis] + kernel[axis] + Math.min(rest[axis], stride[axis] - 1);
        return Math.max(1, needed - padding[2 * axis]! - padding[2 * axis + 1]!);
      });
      return dense([batch, size[0]!, size[1]!, inputs], [...kernel, inputs, outputs], stride, [
        [padding[0], padding[1]],
        [padding[2], padding[3]],
      ]);
    });

/** Any number of groups, any dilation. */
const anyCase: fc.Arbitrary<ConvCase> = fc
  .record({
    dense: denseCase(1, 4),
    dilation: fc.tuple(extent, extent),
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.tuple(extent, extent),
  })
  .map(({ dense: { x, weight, params }, dilation, groups, perGroup }) => {
    const grow = (axis: 0 | 1): number => x[axis + 1]! + (dilation[axis] - 1) * (weight[axis]! - 1);
    return {
      x: [x[0]!, grow(0), grow(1), groups * perGroup[0]],
      weight: [weight[0]!, weight[1]!, perGroup[0], groups * perGroup[1]],
      params: { ...params, dilation, groups },
    };
  });

describe.each(flavours)("%s contractions of halves", (flavour) => {
  const fits = ({ params: { groups, dilation } }: ConvCase): boolean =>
    flavour === "direct" || flavour === "chosen" || (groups === 1 && dilation.every((by) => by === 1));

  // A case of tiles is three kernels that take a software adapter 4 s each to compile.
  const more = flavour === "tiled" && !thorough ? [] : [edgeCases[0]!, edgeCases[6]!];

  // One case per kind of memory access: vectors or not, odd numbers of halves, parts that are added up in f32, groups, dilation.
  it.each(
    [
      ...more,
      edgeCases[2]!,
      edgeCases[5]!,
      dense([2, 64, 65, 4], [2, 2, 4, 4], [1, 1], even),
      {
        x: [1, 13, 11, 6],
        weight: [3, 3, 2, 9],
        params: { ...edgeCases[0]!.params, dilation: [2, 1], groups: 3 },
      } satisfies ConvCase,
    ].filter(fits),
  )("x $x, weight $weight, stride $params.stride, groups $params.groups", (geometry) =>
    checkConvolutions(flavour, geometry, 11, convNames, "f16"),
  );

  it("that are too large become infinite, but not partial sums on the way", async () => {
    // Column 0 adds up 24 times 90000, beyond the largest half; column 1 adds and subtracts in turn.
    const a: Operand = { shape: [2, 24], data: new Float32Array(48).fill(300) };
    const b: Operand = {
      shape: [24, 2],
      data: Float32Array.from({ length: 48 }, (_, i) => (i % 4 === 3 ? -300 : 300)),
    };
    const node: GraphNode = { op: "matmul", inputs: [0, 1], params: {}, shape: [2, 2], dtype: "f16" };
    expect([...(await compute(flavour, node, [a, b]))]).toEqual([Infinity, 0, Infinity, 0]);
  });
});

// Fewer channel counts for the tiles: each remainder modulo 4 that is treated apart is one more kernel to compile.
describe.each([
  ["texture", denseCase(1, 2, 3, 4, 5, 16, 20)],
  ["tiled", denseCase(3, 16)],
] as const)("%s convolutions", (flavour, cases) => {
  // Of tiles: vectors and single channels, columns beyond the tile, x that is not reached.
  const own =
    flavour === "tiled" && !thorough ? edgeCases.filter((_, i) => [1, 2, 4, 5, 8].includes(i)) : edgeCases;

  it.each(own)("x $x.0 x $x.1 x $x.2 x $x.3, weight $weight, stride $params.stride", (geometry) =>
    checkConvolutions(flavour, geometry, 1),
  );

  it("of random geometry", () =>
    fc.assert(
      fc.asyncProperty(cases, fc.nat(1000), (geometry, seed) => checkConvolutions(flavour, geometry, seed)),
      { numRuns: flavour === "tiled" ? (thorough ? 15 : 5) : 40 },
    ));
});

describe("tiles of 128 x 128", () => {
  // Enough of them that the large tile is chosen, with little to add up in each.
  it.each([
    ["conv2d", dense([1, 128, 129, 4], [1, 1, 4, 128], [1, 1], none)],
    ["convTranspose2d", dense([1, 255, 129, 128], [3, 3, 128, 4], [2, 1], even)],
    ["conv2dWeightGradient", dense([1, 3, 3, 1020], [4, 4, 1020, 128], [1, 1], even)],
  ] as const)("%s", async (op, geometry) => {
    await checkConvolutions("tiled", geometry, 3, [op]);
    expect(kernelsRun).toContain(`${op} 128x128`);
  });

  it("in 16 KiB of workgroup memory", async () => {
    sharedLimit = 16384;
    kernelsRun.clear();
    try {
      await checkConvolutions("tiled", dense([1, 128, 129, 4], [1, 1, 4, 128], [1, 1], none), 3, ["conv2d"]);
      expect(kernelsRun).toContain("conv2d 128x128");
    } finally {
      sharedLimit = Number.POSITIVE_INFINITY;
    }
  });
});

describe("results of few columns", () => {
  beforeAll(() => {
    kind = "gpu";
  });
  afterAll(() => {
    kind = undefined;
  });

  // One column, and a k that ends within a turn; as many as fit, in vectors; channels that are read one by one.
  it.each([
    ["conv2d", dense([2, 7, 7, 20], [4, 4, 20, 1], [1, 1], even), "f16"],
    ["conv2d", dense([1, 10, 9, 8], [3, 3, 8, 4], [1, 1], even), "f32"],
    ["conv2d", dense([2, 9, 8, 7], [4, 4, 7, 2], [1, 1], even), "f32"],
    ["convTranspose2d", dense([3, 9, 6, 1], [4, 4, 1, 16], [2, 2], even), "f16"],
    ["convTranspose2d", dense([2, 6, 9, 3], [4, 4, 3, 7], [1, 1], even), "f32"],
    ["conv2dWeightGradient", dense([2, 8, 31, 12], [2, 2, 12, 1], [1, 1], even), "f16"],
    ["conv2dWeightGradient", dense([2, 9, 8, 7], [4, 4, 7, 2], [1, 1], even), "f32"],
    // Lines shorter than a turn's k, and x that reach beyond y's.
    ["conv2dWeightGradient", dense([9, 11, 4, 8], [2, 2, 8, 3], [3, 3], none), "f32"],
  ] as const)("%s of x %o", async (op, geometry, dtype) => {
    await checkConvolutions("tiled", geometry, 3, [op], dtype);
    expect(kernelsRun).toContain(`${op} 64x4${dtype === "f16" ? " f16" : ""}`);
  });

  it("of products", async () => {
    const [a, b] = [integers([70, 90], 1), integers([90, 1], 2)];
    const node: GraphNode = { op: "matmul", inputs: [0, 1], params: {}, shape: [70, 1], dtype: "f32" };
    const expected = matmul.reference([exact(a), exact(b)], {}, { shape: [70, 1], dtype: "f32" });
    expectEqual(await compute("tiled", node, [a, b]), expected, "a matrix by a vector");
    expect(kernelsRun).toContain("matmul 64x4");
  });
});

describe("convolutions", () => {
  it("direct, of random geometry, with groups and dilation", () =>
    fc.assert(
      fc.asyncProperty(anyCase, fc.nat(1000), (geometry, seed) =>
        checkConvolutions("direct", geometry, seed),
      ),
      { numRuns: 40 },
    ));

  it("as chosen for the adapter, with groups and dilation", () =>
    fc.assert(
      fc.asyncProperty(anyCase, fc.nat(1000), (geometry, seed) =>
        checkConvolutions("chosen", geometry, seed),
      ),
      { numRuns: 20 },
    ));

  it("split the pixels of a weight gradient into parts", () =>
    Promise.all(
      flavours.map((flavour) =>
        checkConvolutions(flavour, dense([2, 64, 65, 4], [2, 2, 4, 4], [1, 1], even), 5),
      ),
    ));
});

describe.each(flavours)("%s convolutions", (flavour) => {
  it("with more workgroups than a dimension of the grid allows", async () => {
    workgroupLimit = 3;
    try {
      await checkConvolutions(flavour, dense([1, 20, 23, 4], [2, 2, 4, 4], [1, 1], even), 7);
    } finally {
      workgroupLimit = Number.POSITIVE_INFINITY;
    }
  });

  // <conv2d(x, w), y> = <x, convTranspose2d(y, w)> = <w, conv2dWeightGradient(x, y)>, at sizes of a real network.
  it.each([
    ["stride 2", [4, 32, 32, 16], [4, 4, 16, 32], [2, 2], [16, 16]],
    ["stride 1", [4, 8, 8, 64], [4, 4, 64, 128], [1, 1], [7, 7]],
  ] as const)("are adjoint, %s", async (_, xShape, weightShape, stride, [outHeight, outWidth]) => {
    const params: ConvParams = { stride, padding: even, dilation: [1, 1], groups: 1 };
    const x = integers(xShape, 1);
    const weight = integers(weightShape, 2);
    const y = integers([xShape[0], outHeight, outWidth, weightShape[3]], 3);
    const outputSize = [xShape[1], xShape[2]] as const;
    const kernelSize = [weightShape[0], weightShape[1]] as const;
    const nodes = {
      forward: { op: "conv2d", inputs: [0, 1], params, shape: y.shape, dtype: "f32" },
      toX: {
        op: "convTranspose2d",
        inputs: [0, 1],
        params: { ...params, outputSize },
        shape: xShape,
        dtype: "f32",
      },
      toWeight: {
        op: "conv2dWeightGradient",
        inputs: [0, 1],
        params: { ...params, kernelSize },
        shape: weightShape,
        dtype: "f32",
      },
    } as const satisfies Record<string, GraphNode>;
    const inner = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const expected = inner(await compute(flavour, nodes.forward, [x, weight]), y.data);
    expect(inner(await compute(flavour, nodes.toX, [y, weight]), x.data)).toBe(expected);
    expect(inner(await compute(flavour, nodes.toWeight, [x, y]), weight.data)).toBe(expected);
  });
});

describe.each(flavours)("%s matmul", (flavour) => {
  const check = async (
    batch: readonly number[],
    m: number,
    k: number,
    n: number,
    seed: number,
    dtype: FloatType = "f32",
  ): Promise<void> => {
    const a = integers([...batch, m, k], seed);
    const b = integers([...batch, k, n], seed + 1);
    const shape = [...batch, m, n];
    const node: GraphNode = { op: "matmul", inputs: [0, 1], params: {}, shape, dtype };
    expectEqual(
      await compute(flavour, node, [a, b]),
      rounded(matmul.reference([exact(a), exact(b)], {}, { shape, dtype: "f32" }), dtype),
      `${flavour} matmul ${dtype} [${a.shape}] x [${b.shape}]`,
    );
  };

  it("of sizes around the tiles", async () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [33, 17, 15],
      [64, 64, 64],
      [129, 36, 132],
      [5, 300, 4],
      [130, 7, 3],
    ] as const) {
      await check([], m, k, n, m);
      await check([3], m, k, n, m);
    }
  });

  it("of halves", async () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [33, 17, 15],
      [65, 64, 68],
      [5, 600, 4],
    ] as const) {
      await check([], m, k, n, m, "f16");
      await check([3], m, k, n, m, "f16");
    }
  });

  it("of random sizes", () => {
    const size = fc.integer({ min: 1, max: 40 });
    return fc.assert(
      fc.asyncProperty(
        fc.array(extent, { maxLength: 2 }),
        size,
        size,
        size,
        fc.nat(1000),
        fc.constant("f32"),
        check,
      ),
      { numRuns: 20 },
    );
  });
});
