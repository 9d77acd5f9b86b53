import { describe, expect, it } from "vitest";
import { Device } from "../src/executors/webgpu/device.js";
import { lowerMatmulTiled } from "../src/executors/webgpu/kernels/matmulTiled.js";
import { subgroupsOf } from "../src/executors/webgpu/subgroupSize.js";
import type { GraphNode } from "../src/primitives/graph.js";
import { type AnyLowering, SingleProgram } from "./contractionHarness.js";
import { ampleTraits, contractionKernels } from "./contractionKernels.js";

describe("the size of subgroups", () => {
  const features = new Set(["subgroups", "subgroup-size-control"]);
  // Of a device only what compiles is asked, of an adapter only its sizes.
  const subgroups = (sizes: readonly [number?, number?], accepted: readonly number[], has = features) => {
    const gpu = {
      createShaderModule: ({ code }: GPUShaderModuleDescriptor) => code,
      createComputePipelineAsync: async ({ compute: { module } }: { compute: { module: unknown } }) => {
        if (!accepted.some((size) => String(module).includes(`@subgroup_size(${size})`)))
          throw new Error("not in the allowed range");
      },
    } as unknown as GPUDevice;
    const info = { subgroupMinSize: sizes[0], subgroupMaxSize: sizes[1] } as GPUAdapterInfo;
    return subgroupsOf(gpu, info, has);
  };

  it("is the adapter's where it has one, without asking", async () => {
    expect(await subgroups([32, 32], [32])).toEqual({ subgroupSize: 32, asksForSubgroups: false });
  });

  it("is the smallest that compiles where the driver would choose", async () => {
    expect(await subgroups([8, 32], [8, 16, 32])).toEqual({ subgroupSize: 8, asksForSubgroups: true });
    expect(await subgroups([4, 128], [32, 64])).toEqual({ subgroupSize: 32, asksForSubgroups: true });
  });

  it("is unknown where nothing can be asked for", async () => {
    const unknown = { subgroupSize: 0, asksForSubgroups: false };
    expect(await subgroups([4, 128], [])).toEqual(unknown);
    expect(await subgroups([8, 32], [8, 16, 32], new Set(["subgroups"]))).toEqual(unknown);
    expect(await subgroups([], [8])).toEqual(unknown);
  });
});

describe("kernels of tiles", () => {
  it("ask for the size of subgroups where the driver would choose, and only there", () => {
    const asking = contractionKernels({ ...ampleTraits, asksForSubgroups: true });
    const shared = asking.filter(({ code }) => code.includes("var<workgroup>"));
    expect(shared.some(({ label }) => label.includes("matrices"))).toBe(true);
    for (const { label, code } of shared) {
      expect(code, label).toContain("enable subgroup_size_control;");
      expect(code, label).toContain("@subgroup_size(32)\n@compute @workgroup_size(256)");
    }
    const others = asking.filter((kernel) => !shared.includes(kernel));
    for (const { label, code } of [...others, ...contractionKernels(ampleTraits)])
      expect(code, label).not.toContain("subgroup_size");
  });

  it("compute the same when they ask", async () => {
    const device = await Device.open({ kernels: "gpu" });
    try {
      const { subgroupMinSize: size } = device.info;
      // An adapter without the feature has nothing to ask for: there, as everywhere, the kernel that does not ask is run.
      const asksForSubgroups = device.traits.features.has("subgroup-size-control") && size !== undefined;
      const traits = { ...device.traits, asksForSubgroups, subgroupSize: asksForSubgroups ? size : 0 };
      const node: GraphNode = { op: "matmul", inputs: [0, 1], params: {}, shape: [70, 68], dtype: "f32" };
      const value = (i: number): number => ((i * 7919) % 13) - 6;
      const operand = (rows: number, columns: number) => ({
        shape: [rows, columns],
        data: Float32Array.from({ length: rows * columns }, (_, i) => value(i)),
      });
      const program = new SingleProgram(
        device,
        lowerMatmulTiled as AnyLowering,
        node,
        [operand(70, 48), operand(48, 68)],
        traits,
      );
      const expected = Array.from({ length: 70 * 68 }, (_, i) => {
        const [row, column] = [Math.floor(i / 68), i % 68];
        let sum = 0;
        for (let k = 0; k < 48; k++) sum += value(row * 48 + k) * value(k * 68 + column);
        return sum;
      });
      expect([...(await program.run())]).toEqual(expected);
      program.destroy();
    } finally {
      device.destroy();
    }
  });
});
