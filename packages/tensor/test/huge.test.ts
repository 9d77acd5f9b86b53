import { describe, expect, it } from "vitest";
import { coordinatesOf } from "../src/executors/fusion/canFollow.js";
import { coalesce } from "../src/executors/fusion/coalesce.js";
import { dot } from "../src/executors/fusion/linearForm.js";
import { build as buildWasm } from "../src/executors/wasm/wasmProgram.js";
import { build as buildWebgl } from "../src/executors/webgl/webglProgram.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { threefry2x32 } from "../src/primitives/leaves.js";
import { stridesOf } from "../src/shape.js";
import { device as processor } from "./processor.js";
import { webgpu } from "./webgpu.js";

// More elements than an i32 counts, of values that are nowhere in memory.
const side = 50_000;

/** How the loops over a shape, row-major, are merged. */
function merged(shape: readonly number[]): readonly number[] {
  const rank = shape.length;
  return coalesce(shape, [dot(coordinatesOf(shape, rank), stridesOf(shape), rank)]).extents;
}

describe("values of more elements than 2^31", () => {
  it("have axes of their own where together they would be too long to count", () => {
    expect(merged([2 ** 16, 2 ** 15])).toEqual([2 ** 16, 2 ** 15]);
    expect(merged([2 ** 16, 2 ** 15 - 1])).toEqual([2 ** 16 * (2 ** 15 - 1)]);
    expect(merged([3, side, side, 4])).toEqual([3 * side, 4 * side]);
  });

  it("are summed up as far as kernels count, and refused beyond that", async () => {
    const terms = T.iota([side, side], 0, "f32");
    const refusal = "sum: 2500000000 terms for one element are more than a kernel counts";
    const all = trace([T.sum(terms)]).graph;
    expect(() => buildWebgl(all, {})).toThrow(refusal);
    expect(() => buildWasm(all, {})).not.toThrow();
    const device = await webgpu();
    await expect(T.explain(() => T.sum(terms), { device })()).rejects.toThrow(refusal);
    expect(await T.explain(() => T.sum(T.sum(terms, 1)), { device })()).toContain("reduce sum");
  });

  it("are refused where an axis alone is longer than that", async () => {
    const line = T.sum(T.iota([3e9], 0, "f32"));
    const refusal = "iota: a value of shape [3000000000] has an axis of more than 2147483647 elements";
    for (const build of [buildWasm, buildWebgl])
      expect(() => build(trace([line]).graph, {})).toThrow(refusal);
    await expect(T.explain(() => line, { device: await webgpu() })()).rejects.toThrow(refusal);
  });

  it("are the same random numbers to the end", async () => {
    const count = side ** 2;
    const [a, b] = (await T.key(7).data()) as Uint32Array;
    const expected = Array.from({ length: 4 }, (_, k) => {
      const position = count - 4 + k;
      return threefry2x32([a!, b!], [position / 2 - (position % 2) / 2, 0])[position % 2];
    });
    for (const device of [processor, await webgpu()]) {
      const last = T.slice(T.randomBits(T.key(7), [side, side]), [side - 1, side - 4], [side, side]);
      await T.evaluate(last, { device });
      expect([...(await last.data())], device.name).toEqual(expected);
    }
  });
});
