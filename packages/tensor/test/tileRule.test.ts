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
] as const)("tiles are %s: %i x %i of %i", (_name, rows, columns, depth, tile) => {
  expect(ruleOf(rows, columns, depth)).toBe(tile);
});

it("tiles are those that the adapter has workgroup memory for", () => {
  const limits = { ...ampleTraits.limits, maxComputeWorkgroupStorageSize: 16384 };
  expect(ruleOf(4096, 512, 1024, { ...ampleTraits, limits })).toBe("64x64");
});
