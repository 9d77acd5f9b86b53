import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Gl, GlCanvas } from "../src/executors/webgl/context/glTypes.js";
import { bytesOfLayout, layoutOf } from "../src/executors/webgl/context/layout.js";
import { TexturePool } from "../src/executors/webgl/context/texturePool.js";
import { expectFits, storedValues } from "../src/executors/webgl/expectFits.js";
import { WebglExecutor } from "../src/executors/webgl/index.js";
import type { Kernel } from "../src/executors/webgl/kernels/kernel.js";
import { putTurn, stackedElements } from "../src/executors/webgl/kernels/move.js";
import { partsFor } from "../src/executors/webgl/kernels/reduction.js";
import { ShaderText } from "../src/executors/webgl/kernels/shaderText.js";
import { build } from "../src/executors/webgl/webglProgram.js";
import { trace } from "../src/graph/trace.js";
import type { Tensor } from "../src/index.js";
import * as T from "../src/index.js";
import type { Graph } from "../src/primitives/graph.js";

// What runs on a GPU is tested in a browser (test/browser/webgl.test.ts); here is what is decided before.

/** The graph of what a function makes of floats of these shapes. */
function graphOf(f: (...x: Tensor[]) => Tensor | Tensor[], ...shapes: readonly (readonly number[])[]): Graph {
  const inputs = shapes.map((shape) => T.input(shape, "f32"));
  return trace([f(...inputs)].flat(), inputs).graph;
}

const kernelsOf = (...of: Parameters<typeof graphOf>): Kernel[] =>
  build(graphOf(...of), {}).steps.flatMap((step) => (step.kind === "kernel" ? [step.kernel] : []));

describe("a value's texture", () => {
  it("has room for all elements, is about a square, and as wide as a power of two", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 28 }), (elements) => {
        const { shift, height } = layoutOf(elements);
        expect(4 * height * 2 ** shift).toBeGreaterThanOrEqual(elements);
        // No row more than are needed.
        expect(4 * (height - 1) * 2 ** shift).toBeLessThan(Math.max(1, elements));
        expect(height).toBeLessThanOrEqual(2 ** shift);
        expect(2 ** shift).toBeLessThan(2 * Math.max(1, Math.sqrt(elements / 4) + 1));
      }),
    );
    expect(bytesOfLayout(layoutOf(64 * 64 * 4))).toBe(4 * 64 * 64 * 4);
  });

  it("is refused where the value is too large for it", () => {
    const fits = (f: (x: Tensor) => Tensor, shape: readonly number[], mostExtent: number) => () =>
      expectFits(storedValues(build(graphOf(f, shape), {}).fused), mostExtent);
    const refusal = (op: string): string =>
      `Device: ${op}: f32 [1024,2048] takes 8388608 bytes, but a texture of this WebGL holds 4194304; use smaller tiles or batches`;
    expect(fits(() => T.zeros([1024, 2048]), [], 1024)).not.toThrow();
    // A result, an argument, and what a kernel needs as a whole.
    expect(fits(() => T.zeros([1024, 2048]), [], 512)).toThrow(refusal("full"));
    expect(fits((x) => T.sum(x), [1024, 2048], 512)).toThrow(refusal("input"));
    const needed = (x: Tensor): Tensor =>
      T.sum(T.reshape(T.exp(T.add(x, T.iota([1024, 2048], 0, "f32"))), [-1]));
    expect(fits(needed, [2048], 512)).toThrow(refusal("exp"));
  });

  it("is not asked for where the value lives in a kernel alone", () => {
    const f = (x: Tensor): Tensor => T.sum(T.square(T.sub(x, T.reshape(x, [-1, 1]))));
    const { fused } = build(graphOf(f, [2048]), {});
    expect(Math.max(...fused.graph.nodes.map(({ shape }) => T.sizeOf(shape)))).toBe(2048 ** 2);
    expect(() => expectFits(storedValues(fused), 64)).not.toThrow();
  });
});

describe("kernels", () => {
  it("of one structure are one program for all sizes and numbers", () => {
    const programs = (rows: number, columns: number, factor: number) =>
      kernelsOf(
        (x, y) => [T.sum(T.mul(T.add(x, T.iota([1, columns], 1, "f32")), factor), 1), T.matmul(x, y)],
        [rows, columns],
        [columns, rows],
      );
    const [small, large] = [programs(12, 8, 3), programs(40, 36, 5)];
    expect(small.map(({ text }) => text)).toEqual(large.map(({ text }) => text));
    expect(small.map(({ words }) => words)).not.toEqual(large.map(({ words }) => words));
  });

  it("read 16 textures and write 4 at most, with what WebGL 2 has of them", () => {
    const kernels = kernelsOf(
      (...values) => {
        const total = values.reduce((sum, value) => T.add(sum, T.sin(value)));
        return [total, ...values.map((value) => T.exp(T.mul(value, total)))];
      },
      ...Array.from({ length: 40 }, () => [70, 64]),
    );
    for (const { reads, writes } of kernels) {
      expect(reads.length + writes.length).toBeLessThanOrEqual(16);
      expect(writes.length).toBeLessThanOrEqual(4);
      expect(reads.filter((read) => writes.includes(read))).toEqual([]);
    }
    expect(Math.max(...kernels.map(({ writes }) => writes.length))).toBe(4);
  });

  it("are given more numbers than there is room for, those that are equal once", () => {
    const kernels = kernelsOf(
      (x) =>
        Array.from({ length: 4 }, (_, k) => {
          let y = x;
          for (let i = 0; i < 240; i++) y = T.add(T.mul(y, 0.5 + k), i % 7);
          return y;
        }),
      [5],
    );
    const longest = Math.max(...kernels.map(({ words }) => words.length));
    expect(longest).toBeLessThanOrEqual(896);
  });

  it("are given no whole number that is beyond its type", () => {
    const text = new ShaderText();
    text.parameter(2 ** 31 - 1, "i32");
    expect(() => text.kernel("mine", [0], 4, 1)).not.toThrow();
    text.parameter(2 ** 31, "i32");
    expect(() => text.kernel("mine", [0], 4, 1)).toThrow(
      "mine: parameter 3 is i32, a whole number from -2147483648 to 2147483647, got 2147483648; compute it in parts",
    );
  });

  it("read four elements at once where those of a product are texels", () => {
    const product = (m: number, k: number, n: number) => kernelsOf(T.matmul, [m, k], [k, n])[0]!;
    expect(product(5, 8, 12).name).toBe("matmul by fours");
    expect(product(5, 8, 12).text).toMatch(/#define DEPTH_QUADS 1/);
    expect(product(5, 7, 12).text).toMatch(/#define DEPTH_QUADS 0/);
    expect(product(5, 8, 11).name).toBe("matmul");
  });

  it("leave long sums in parts, as many as keep a GPU busy", () => {
    expect(partsFor(2 ** 20, 1000)).toBe(1);
    expect(partsFor(1, 100)).toBe(1);
    expect(partsFor(1, 2 ** 20)).toBe(1024);
    expect(partsFor(1024, 2 ** 20)).toBe(32);
    const names = kernelsOf((x) => T.sum(x), [2 ** 20]).map(({ name }) => name);
    expect(names).toContain("reduce sum in 1024 parts");
  });

  it("that put a turn's elements among those of others write the rows that hold them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }), (elements, turns) => {
        const texels = Math.ceil(elements / 4);
        const { shift, height } = layoutOf(stackedElements(elements, turns));
        for (let turn = 0; turn < turns; turn++) {
          const [first, end] = putTurn(elements, turns)(turn).rows!;
          expect(end).toBeLessThanOrEqual(height);
          expect(first << shift).toBeLessThanOrEqual(turn * texels);
          expect(end << shift).toBeGreaterThanOrEqual((turn + 1) * texels);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("the textures of a program", () => {
  it("hold one value at a time, and are used again", () => {
    const product = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 10; i++) y = T.matmul(T.tanh(y), y);
      return y;
    };
    const { steps, plan } = build(graphOf(product, [40, 40]), {});
    const isHeld = new Map<number, { readonly value: number; readonly last: number }>();
    const lastRead = new Map<number, number>();
    steps.forEach((step, k) => {
      if (step.kind === "kernel") for (const read of step.kernel.reads) lastRead.set(read, k);
    });
    steps.forEach((step, k) => {
      if (step.kind !== "kernel") return;
      for (const value of step.kernel.writes) {
        const texture = plan.textureOf.get(value);
        if (texture === undefined) continue;
        const before = isHeld.get(texture);
        if (before) expect(before.last).toBeLessThan(k);
        isHeld.set(texture, { value, last: lastRead.get(value) ?? k });
      }
    });
    expect(isHeld.size).toBe(plan.textures.length);
    expect(plan.textures.length).toBeLessThanOrEqual(4);
    expect(plan.byteLength).toBe(plan.textures.reduce((sum, layout) => sum + bytesOfLayout(layout), 0));
  });
});

/** As much of a context as textures take, with room for so many. */
function contextFor(room: number): { readonly gl: Gl; readonly count: () => number } {
  let [count, failed] = [0, false];
  const gl = {
    OUT_OF_MEMORY: 0x505,
    getError: () => {
      const error = failed ? 0x505 : 0;
      failed = false;
      return error;
    },
    createTexture: () => ({}),
    deleteTexture: () => void count--,
    bindTexture: () => {},
    texParameteri: () => {},
    texStorage2D: () => {
      count++;
      failed = count > room;
    },
  };
  return { gl: gl as unknown as Gl, count: () => count };
}

describe("the pool of textures", () => {
  it("hands out again what came back, if it is as large", () => {
    const { gl, count } = contextFor(10);
    const pool = new TexturePool(gl);
    const [small, large] = [layoutOf(100), layoutOf(10_000)];
    const first = pool.acquire(small);
    pool.release(first);
    expect(pool.acquire(large)).not.toBe(first);
    expect(pool.acquire(small)).toBe(first);
    expect(count()).toBe(2);
    expect(pool.usedBytes).toBe(bytesOfLayout(small) + bytesOfLayout(large));
  });

  it("deletes what is free before it says that there is no memory", () => {
    const { gl, count } = contextFor(2);
    const pool = new TexturePool(gl);
    const [a, b] = [pool.acquire(layoutOf(100)), pool.acquire(layoutOf(100))];
    pool.release(a);
    pool.acquire(layoutOf(10_000));
    expect(count()).toBe(2);
    expect(() => pool.acquire(layoutOf(2 ** 20))).toThrow(
      /^Device: out of memory: 4 MiB more are needed, 1 MiB are in use; use smaller tiles or batches/,
    );
    pool.release(b);
    pool.acquire(layoutOf(2 ** 20));
  });
});

describe("where there is no WebGL 2", () => {
  afterEach(() => void Reflect.deleteProperty(globalThis, "document"));

  it("says what to use instead: in Node, and in a browser without it", () => {
    expect(() => new WebglExecutor()).toThrow(T.DeviceError);
    expect(() => new WebglExecutor()).toThrow(
      "Device: there is no canvas here, and so no WebGL: it is a browser's; in Node use Device of @clidim/tensor, or WasmExecutor of @clidim/tensor/wasm",
    );
    const canvas: GlCanvas = { getContext: () => null, addEventListener: () => {} };
    const message =
      "Device: this browser offers no WebGL 2; enable hardware acceleration, or compute on the processor with WasmExecutor of @clidim/tensor/wasm";
    expect(() => new WebglExecutor({ canvas })).toThrow(message);
    Object.assign(globalThis, { document: { createElement: () => canvas } });
    expect(() => new WebglExecutor()).toThrow(message);
  });
});

it("leaves sorting to the processor, and what it sorts to the GPU", () => {
  const graph = graphOf((x) => T.argsort(T.exp(x), 0), [3]);
  const { steps } = build(graph, {});
  expect(steps.map(({ kind }) => kind)).toEqual(["kernel", "reference"]);
});
