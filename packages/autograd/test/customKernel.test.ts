import * as T from "@clidim/tensor";
import { type Aval, compile, customKernel, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, test } from "vitest";
import { grad, jvp, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => 0.2 + Math.sin(i * 1.7 + seed)),
    { shape },
  );

const rowsOf = ({ shape }: Aval): number => T.sizeOf(shape.slice(0, -1));

/** Each row over the root of its mean square, and that root: an invocation per row. */
const normalizeRows = customKernel({
  name: "normalizeRows",
  wgsl: `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<storage, read_write> roots: array<f32>;
    struct Parameters { rows: u32, columns: u32, epsilon: f32 }

    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= p.rows) { return; }
      let first = id.x * p.columns;
      var squares = 0.0;
      for (var i = 0u; i < p.columns; i++) { squares += x[first + i] * x[first + i]; }
      let root = sqrt(squares / f32(p.columns) + p.epsilon);
      roots[id.x] = root;
      for (var i = 0u; i < p.columns; i++) { y[first + i] = x[first + i] / root; }
    }`,
  outputs: (x: Aval) => [x, { shape: x.shape.slice(0, -1), dtype: "f32" }],
  workgroups: (x) => Math.ceil(rowsOf(x) / 64),
  parameters: (x) => ({ rows: rowsOf(x), columns: x.shape.at(-1)!, epsilon: 1e-6 }),
  reference: (x) => {
    const columns = x.shape.at(-1)!;
    const roots = Float64Array.from({ length: rowsOf(x) }, (_, row) => {
      const squares = x.data.subarray(row * columns, (row + 1) * columns).reduce((sum, v) => sum + v * v, 0);
      return Math.sqrt(squares / columns + 1e-6);
    });
    return [x.data.map((value, i) => value / roots[Math.floor(i / columns)]!), roots];
  },
  // y = x / r, r = sqrt(mean x^2 + e): dx = (dy - y mean(dy y)) / r + dr y / n
  vjp: ([dy, dr], [x], [y, root]) => {
    const r = T.expandDims(root, -1);
    const along = T.mean(T.mul(dy, y), -1, { keepDims: true });
    const n = x.shape.at(-1)!;
    return [T.add(T.div(T.sub(dy, T.mul(y, along)), r), T.mul(T.div(T.expandDims(dr, -1), n), y))];
  },
});

/** The same by operations. */
const composed = (x: Tensor): readonly [Tensor, Tensor] => {
  const root = T.sqrt(T.add(T.mean(T.mul(x, x), -1), 1e-6));
  return [T.div(x, T.expandDims(root, -1)), root];
};

/** Twice each element, without a gradient. */
const withoutGradient = customKernel({
  name: "twice",
  wgsl: `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) { y[id.x] = 2.0 * x[id.x]; }`,
  outputs: (x: Aval) => x,
  workgroups: (x) => T.sizeOf(x.shape),
  reference: (x) => x.data.map((value) => 2 * value),
});

describe("a kernel of one's own", () => {
  test("computes what its reference says, among operations, in programs and scans", async () => {
    const f = (x: Tensor): Tensor[] => {
      const [y, root] = normalizeRows(T.mul(T.sin(x), 3));
      const { ys } = T.scan(
        (s: Tensor, row: Tensor) => {
          const [next] = normalizeRows(T.add(s, row));
          return { carry: next, y: withoutGradient(next) };
        },
        T.zeros([5]),
        x,
      );
      return [T.exp(T.neg(y)), root, ys];
    };
    const expected = interpret(f(numbers([3, 5])));
    for (const options of [
      {},
      { fuse: false },
      { simplify: false },
      { immediates: true },
      { reuseMemory: false },
    ]) {
      const results = await compile(f, options)(numbers([3, 5]));
      for (const [k, result] of results.entries()) {
        const data = await result.data();
        data.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[k]![i]!, 5);
        });
      }
    }
  });

  test("leaves the operations around it to one kernel before and one after", async () => {
    const text = await T.explain((x: Tensor) => T.exp(T.neg(normalizeRows(T.mul(T.sin(x), 3))[0])))(
      numbers([3, 5]),
    );
    expect(text).toMatch(/\n3 kernels\n/);
    expect(text).toMatch(/^normalizeRows \(/m);
  });

  test("has the gradient of its vjp, to second order, forward and of a batch", async () => {
    const f = (x: Tensor): Tensor => {
      const [y, root] = normalizeRows(T.sin(x));
      return T.add(T.sum(T.mul(T.exp(y), y)), T.sum(T.mul(root, root)));
    };
    const g = (x: Tensor): Tensor => {
      const [y, root] = composed(T.sin(x));
      return T.add(T.sum(T.mul(T.exp(y), y)), T.sum(T.mul(root, root)));
    };
    const x = numbers([2, 3]);
    checkGradients(f, [x]);
    const close = (a: Tensor, b: Tensor): void => {
      const [left, right] = interpret([a, b]) as [Float64Array, Float64Array];
      left.forEach((value, i) => {
        expect(value).toBeCloseTo(right[i]!, 10);
      });
    };
    close(jvp(f, [x], [numbers([2, 3], 5)]).tangent, jvp(g, [x], [numbers([2, 3], 5)]).tangent);
    const batch = numbers([4, 2, 3], 7);
    close(vmap(f)(batch), vmap(g)(batch));
    close(vmap(grad(f))(batch), vmap(grad(g))(batch));
    const [left, right] = [await compile(grad(f))(numbers([2, 3])), await compile(grad(g))(numbers([2, 3]))];
    const expected = await right.data();
    (await left.data()).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  test("hands its vjp what it computed in integers, inside scan and cond, too", () => {
    const rectify = customKernel({
      name: "rectify",
      wgsl: "@compute @workgroup_size(1) fn main() {}",
      outputs: (x: Aval) => [x, { shape: x.shape, dtype: "i32" }],
      workgroups: () => 1,
      reference: (x) => [x.data.map((v) => Math.max(v, 0)), Array.from(x.data, (v) => (v > 0 ? 1 : 0))],
      vjp: ([g], _inputs, [, sign]) => [T.mul(g, T.cast(sign, "f32"))],
    });
    const turns = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const walked = (x: Tensor): Tensor =>
      T.sum(
        T.scan((s: Tensor, t: Tensor) => ({ carry: rectify(T.mul(s, t))[0], y: undefined }), x, turns).carry,
      );
    const chosen = (x: Tensor): Tensor =>
      T.sum(
        T.cond(
          T.gt(T.sum(x), 0),
          (x: Tensor) => rectify(x)[0],
          (x: Tensor) => x,
          x,
        ),
      );
    const x = tensor([1, -1, 1]);
    expect(
      interpret([grad(walked)(x), grad(chosen)(x), vmap(grad(walked))(T.stack([x, x], 0))]).map((g) => [
        ...g,
      ]),
    ).toEqual([
      [4, 0, 18],
      [1, 0, 1],
      [4, 0, 18, 4, 0, 18],
    ]);
  });

  test("takes and gives empty values without a dispatch", async () => {
    const [y, root] = normalizeRows(T.zeros([0, 5]));
    expect([y.shape, root.shape]).toEqual([[0, 5], [0]]);
    expect(await y.data()).toHaveLength(0);
  });

  test("says what is wrong, by its name", async () => {
    const x = numbers([2, 2]);
    expect(() => grad((v: Tensor) => T.sum(withoutGradient(v)))(x)).toThrow(
      /customKernel twice: its gradient is asked for, but it has no vjp; give one/,
    );
    const kernel = (change: Partial<T.KernelDefinition<[Aval], Aval>>): ((x: Tensor) => Tensor) =>
      customKernel<[Aval], Aval>({
        name: "mine",
        wgsl: "@compute @workgroup_size(1) fn main() {}",
        outputs: (v) => v,
        workgroups: () => 1,
        reference: (v) => v.data,
        ...change,
      });
    const broken = `@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() {
  y[0] = missing;
}`;
    await expect(kernel({ wgsl: broken })(x).data()).rejects.toThrow(
      /kernel mine does not compile: 3:10 .*missing.*\n {4}y\[0\] = missing;/,
    );
    expect(() =>
      kernel({ wgsl: "@group(0) @binding(2) var<storage> z: array<f32>; fn main() {}" })(x),
    ).toThrow(
      /customKernel mine: wgsl has @binding\(2\), but with 1 inputs and 1 outputs the bindings are 0 to 1/,
    );
    expect(() => kernel({ wgsl: "fn other() {}" })(x)).toThrow(
      /customKernel mine: wgsl must have an entry point/,
    );
    expect(() => kernel({ outputs: () => ({ shape: [-1], dtype: "f32" }) })(x)).toThrow(
      /customKernel mine: extents/,
    );
    expect(() => kernel({ workgroups: () => 0.5 })(x)).toThrow(/customKernel mine: workgroups must be/);
    expect(() => interpret([kernel({ reference: () => [1, 2] })(numbers([2, 2]))])).toThrow(
      /customKernel mine: reference must return 4 numbers for output 0, f32 \[2,2\], got 2/,
    );
    await expect(kernel({ parameters: () => ({ rows: 1 }) })(x).data()).rejects.toThrow(
      /customKernel mine: there is no parameter "rows"/,
    );
    await expect(kernel({ workgroups: () => 1e9 })(x).data()).rejects.toThrow(
      /customKernel mine: 1000000000x1x1 workgroups/,
    );
    expect(() => grad((v: Tensor) => T.sum(kernel({ vjp: () => [] })(v)))(x)).toThrow(
      /vjp must return an array with a gradient/,
    );
    expect(() => grad((v: Tensor) => T.sum(kernel({ vjp: () => [T.ones([3])] })(v)))(x)).toThrow(
      /vjp of customKernel mine: the gradient of argument leaf 0 is f32 \[3\]/,
    );
    expect(() => T.apply("mine" as "neg", [x], {})).toThrow(
      /apply: there is no primitive "mine"; .* customKernel/,
    );
  });
});
