import { withinOne } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fused, fuse } from "../src/executors/fusion/fuse.js";
import { isReduction } from "../src/executors/fusion/nodeKinds.js";
import { readsOfGroup } from "../src/executors/fusion/reads.js";
import { partsBinding } from "../src/executors/fusion/reduction.js";
import type { AdapterTraits } from "../src/executors/webgpu/device/adapterTraits.js";
import { TileChoices } from "../src/executors/webgpu/device/tileChoices.js";
import { fusionTarget } from "../src/executors/webgpu/fusionTarget.js";
import { lower } from "../src/executors/webgpu/passes/lower.js";
import { simplify } from "../src/graph/simplify.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { compile, Device, type Tensor } from "../src/index.js";
import { input } from "../src/tensor.js";
import { ampleTraits } from "./contractionKernels.js";

const fused = (outputs: Tensor[], traits: AdapterTraits): Fused =>
  fuse(simplify(trace(outputs).graph, true), {
    target: fusionTarget(traits),
    enabled: true,
    epilogues: true,
    donated: [],
  });

/** Values that a group reads before something has left them in memory. */
function readTooEarly({ graph, groups, home }: Fused): string[] {
  const there = new Set<number>(graph.inputs);
  const wrong: string[] = [];
  for (const group of groups) {
    const { outputs } = group;
    const folded = group.kind === "elementwise" ? outputs.filter((id) => isReduction(graph.nodes[id]!)) : [];
    const reads = [...readsOfGroup(group, graph, home).keys(), ...folded.map(partsBinding)];
    for (const place of reads) if (!there.has(place)) wrong.push(`${group.kind} ${outputs} reads ${place}`);
    for (const id of outputs) {
      const again = there.has(id) && !folded.includes(id);
      if (again) wrong.push(`${id} is computed twice`);
      there.add(id);
      if (group.kind === "reduce") there.add(partsBinding(id));
    }
  }
  const missing = graph.outputs.filter((output) => !there.has(home[output]!));
  return [...wrong, ...missing.map((output) => `output ${output} is missing`)];
}

describe("small kernels that are joined", () => {
  it.each([
    ["gpu", 16],
    ["gpu", 8],
    ["software", 16],
  ] as const)(
    "read nothing before it is there, and no more buffers than a %s with %i has",
    (kind, buffers) => {
      const limits = { ...ampleTraits.limits, maxStorageBuffersPerShaderStage: buffers };
      const traits = { ...ampleTraits, kind, limits };
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(7), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 60 }),
          (program) => {
            const of: Tensor[] = [[40, 6], [6], [40, 1], [70, 70, 6], []].map((shape) => input(shape, "f32"));
            const small = of.slice(0, 3);
            for (const [operation, i, j] of program) {
              const a = of[i % of.length]!;
              const b = small[j % small.length]!;
              const choices: readonly (() => Tensor)[] = [
                () =>
                  T.mul(
                    a,
                    of[j % of.length]!.shape.length === a.shape.length ? T.sum(of[j % of.length]!) : 2,
                  ),
                () => T.tanh(T.add(b, 1)),
                () => T.mean(a, a.shape.length > 0 ? 0 : undefined, { keepDims: true }),
                () => T.max(a),
                () => T.variance(b, 0, { keepDims: true }),
                () => T.sub(b, small[i % small.length]!),
                () => T.matmul(T.reshape(small[0]!, [6, 40]), small[0]!),
                () => (b.shape.length === 2 && b.shape[0] === 40 ? T.flip(T.exp(b), [0]) : T.neg(b)),
              ];
              of.push(choices[operation]!());
            }
            const groups = fused(of.slice(-6), traits);
            expect(readTooEarly(groups)).toEqual([]);
            const tiles = new TileChoices();
            const { steps } = lower(groups, {
              traits,
              tiles,
              donated: [],
              inPlace: true,
              immediates: false,
              lowerBody: () => expect.fail("there is no scan"),
            });
            for (const step of steps) {
              const bound = step.kind === "dispatch" ? step.kernel.bindings : [];
              expect(bound.filter((binding) => binding !== "uniform").length).toBeLessThanOrEqual(buffers);
            }
          },
        ),
        { numRuns: 100 },
      );
    },
  );

  it.each([
    [16384, 16],
    [65536, 32],
  ])(
    "share no more workgroup memory than the %i bytes that there are, and read and write a bounded number of buffers, however many the driver allows",
    (bytes, buffers) => {
      const limits = {
        ...ampleTraits.limits,
        maxStorageBuffersPerShaderStage: 1_000_000,
        maxComputeWorkgroupStorageSize: bytes,
      };
      const traits = { ...ampleTraits, limits };
      const grads = Array.from({ length: 80 }, () => input([64], "f32"));
      const norm = grads.map((grad) => T.sum(T.square(grad))).reduce((a, b) => T.add(a, b));
      const { steps } = lower(fused([norm], traits), {
        ...{ traits, tiles: new TileChoices(), donated: [], inPlace: true, immediates: false },
        lowerBody: () => expect.fail("there is no scan"),
      });
      const kernels = steps.flatMap((step) => (step.kind === "dispatch" ? [step.kernel] : []));
      for (const { code, bindings } of kernels) {
        const shared = [...code.matchAll(/var<workgroup> \w+: array<\w+, (\d+)>/g)].map(
          ([, n]) => 4 * Number(n),
        );
        expect(shared.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(bytes);
        expect(bindings.filter((binding) => binding !== "uniform").length).toBeLessThanOrEqual(buffers);
      }
      // They are joined all the same.
      expect(kernels.length).toBeLessThan(grads.length / 4);
    },
  );

  it("is not a stage of the kernel whose sum it needs, what also needs a value that is computed after it", () => {
    const x = input([40, 1], "f32");
    const scaled = T.mul(T.mul(x, T.sum(x)), 2);
    const groups = fused([T.mul(T.tanh(T.add(x, 1)), T.sum(scaled)), T.tanh(T.add(x, 1))], ampleTraits);
    expect(readTooEarly(groups)).toEqual([]);
  });

  it("wait for one another, also where they are not small for a software adapter", () => {
    const branch = (): Tensor => T.sum(T.tanh(input([4, 40, 6, 50], "f32")), [0, 1]);
    const build = (): Tensor[] => [1, 2, 3].flatMap(() => [branch(), T.exp(branch())]);
    const kinds = (traits: AdapterTraits): string[] => fused(build(), traits).groups.map(({ kind }) => kind);
    expect(kinds(ampleTraits)).toEqual(["reduce"]);
    expect(kinds({ ...ampleTraits, kind: "software" }).length).toBeGreaterThan(2);
  });

  it("count a state that is updated where it lies once, and leave it there", async () => {
    const device = await Device.open({
      validation: true,
      kernels: "gpu",
      limits: { maxStorageBuffersPerShaderStage: 8 },
    });
    const names = ["a", "b", "c", "d", "e"] as const;
    type States = Record<(typeof names)[number], Tensor>;
    const step = (weights: States, moments: States, x: Tensor): [States, States] => {
      const rate = T.div(T.mean(x), 7);
      const moment = (name: (typeof names)[number]): Tensor =>
        T.add(T.mul(moments[name], 0.9), T.sum(T.mul(x, weights[name]), 0));
      const all = names.map((name) => [name, moment(name)] as const);
      return [
        Object.fromEntries(all.map(([name, m]) => [name, T.sub(weights[name], T.mul(m, rate))])) as States,
        Object.fromEntries(all) as States,
      ];
    };
    const states = (seed: number): States =>
      Object.fromEntries(names.map((name, k) => [name, withinOne([24], seed + k)])) as States;
    const x = withinOne([30, 24], 99);
    const run = compile(step, { donate: [0, 1], device });
    const plain = compile(step, { fuse: false, device });
    let [actual, expected] = [
      [states(1), states(10)] as [States, States],
      [states(1), states(10)] as [States, States],
    ];
    let before = device.stats();
    for (let n = 0; n < 5; n++) {
      actual = await run(actual[0], actual[1], x);
      if (n === 1) before = device.stats();
    }
    const after = device.stats();
    for (let n = 0; n < 5; n++) expected = await plain(expected[0], expected[1], x);
    for (const [k, values] of actual.entries()) {
      for (const name of names) {
        const got = await values[name].data();
        const wanted = await expected[k]![name].data();
        for (const [i, value] of got.entries()) expect(value).toBeCloseTo(wanted[i]!, 4);
      }
    }
    expect(after.bindGroupsCreated).toBe(before.bindGroupsCreated);
    await device.synchronize();
    device.destroy();
  });
});
