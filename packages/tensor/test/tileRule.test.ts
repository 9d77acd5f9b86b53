import { expect, it } from "vitest";
import { compileGraph } from "../src/executors/webgpu/compileGraph.js";
import type { AdapterTraits } from "../src/executors/webgpu/device/adapterTraits.js";
import { TileChoices } from "../src/executors/webgpu/device/tileChoices.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { input } from "../src/tensor.js";
import { ampleTraits } from "./contractionKernels.js";

/** The tile that a product of these rows, columns and depth takes without measurement. */
function ruleOf(rows: number, columns: number, depth: number, traits: AdapterTraits = ampleTraits): string {
  const tiles = new TileChoices();
  const args = [input([rows, depth], "f32"), input([depth, columns], "f32")] as const;
  const { graph } = trace([T.matmul(...args)], args);
  return tiles.questions(() => void compileGraph(graph, { traits, tiles }, [false, false]))[0]!.rule;
}

it.each([
  ["large, where there are enough of them", 4096, 512, 1024, "128x128"],
  ["large, where k can be split until there are", 2048, 256, 32768, "128x128"],
  ["not where the parts would cost more than the tile gains", 2048, 256, 1024, "64x64"],
  ["not where they would stick out", 130, 130, 2 ** 17, "64x64"],
  ["as wide as the product has columns", 65536, 64, 1024, "128x64"],
  ["the same, split", 1024, 64, 2 ** 19, "128x64"],
  ["small, where a product is", 784, 128, 1024, "64x64"],
  ["narrow", 65536, 32, 64, "128x32"],
  ["none, where there are a few columns", 65536, 3, 64, "64x4"],
  ["narrow all the same, where there is little to add up", 65536, 3, 60, "128x32"],
] as const)("tiles are %s: %i x %i of %i", (_name, rows, columns, depth, tile) => {
  expect(ruleOf(rows, columns, depth)).toBe(tile);
});

it("tiles are those that the adapter has workgroup memory for, with eight k at a time", () => {
  const rule = (maxComputeWorkgroupStorageSize: number): string =>
    ruleOf(4096, 512, 1024, {
      ...ampleTraits,
      limits: { ...ampleTraits.limits, maxComputeWorkgroupStorageSize },
    });
  expect([32768, 16384, 8448, 8447].map(rule)).toEqual(["128x128", "128x128", "128x128", "64x64"]);
});
