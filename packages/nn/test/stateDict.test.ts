import { readFileSync } from "node:fs";
import { valueAndGrad } from "@clidim/autograd";
import {
  type HostTensor,
  key,
  readSafetensors,
  type Shape,
  type Tensor,
  tensor,
  transpose,
  writeSafetensors,
} from "@clidim/tensor";
import { at, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import {
  type AnyLayer,
  binaryCrossEntropyWithLogits,
  exportStateDict,
  fromTorchLayout,
  importStateDict,
  l1,
  layers,
  summary,
  toTorchLayout,
  writeStateDict,
} from "../src/index.js";

const counted = (shape: Shape): HostTensor => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
  return { dtype: "f32", shape, data };
};

describe("layouts", () => {
  it("are OIHW for kernels, IOHW for transposed ones and [out, in] for matrices", () => {
    const kernel = tensor(counted([2, 3, 4, 5]).data, { shape: [2, 3, 4, 5] });
    const torch = toTorchLayout("0.weight", kernel);
    expect(torch.shape).toEqual([5, 4, 2, 3]);
    expect(at(valuesOf(torch), torch.shape)(4, 1, 0, 2)).toBe(at(valuesOf(kernel), kernel.shape)(0, 2, 1, 4));
    expect(valuesOf(fromTorchLayout("0.weight", torch))).toEqual(valuesOf(kernel));
    expect(toTorchLayout("weight", tensor([[1, 2]])).shape).toEqual([2, 1]);
    for (const [shape, expected] of [
      [
        [3, 4, 5],
        [5, 4, 3],
      ],
      [
        [2, 3, 6, 4, 5],
        [5, 4, 2, 3, 6],
      ],
    ] as const) {
      const kernel = tensor(counted(shape).data, { shape });
      const torch = toTorchLayout("weight", kernel);
      expect(torch.shape).toEqual(expected);
      expect(valuesOf(fromTorchLayout("weight", torch))).toEqual(valuesOf(kernel));
    }
    for (const path of ["table", "0.bias", "0.unweight"]) {
      const leaf = tensor([[1, 2]]);
      expect(toTorchLayout(path, leaf)).toBe(leaf);
      expect(fromTorchLayout(path, leaf)).toBe(leaf);
    }
  });
});

const model = layers.sequential(
  layers.conv2d({ out: 4, kernel: 3 }),
  layers.batchNorm(),
  layers.relu(),
  layers.convTranspose2d({ out: 2, kernel: 2 }),
  layers.linear({ out: 3 }),
);
const variables = model.init(key(0), [1, 8, 8, 1]);
const file: Readonly<Record<string, HostTensor>> = {
  "0.weight": counted([4, 1, 3, 3]),
  "0.bias": counted([4]),
  "1.weight": counted([4]),
  "1.bias": counted([4]),
  "1.running_mean": counted([4]),
  "1.running_var": counted([4]),
  "1.num_batches_tracked": { dtype: "i32", shape: [], data: Int32Array.of(3) },
  "3.weight": counted([4, 2, 2, 2]),
  "3.bias": counted([2]),
  "4.weight": counted([3, 2]),
  "4.bias": counted([3]),
};

describe("importStateDict", () => {
  it("fills a model from PyTorch's names and layouts", () => {
    const { params, stats } = importStateDict(variables, file);
    expect(params[0].weight.shape).toEqual([3, 3, 1, 4]);
    expect(valuesOf(transpose(params[0].weight, [3, 2, 0, 1]))).toEqual([...file["0.weight"]!.data]);
    expect(valuesOf(params[4].weight)).toEqual([0, 2, 4, 1, 3, 5]);
    expect(valuesOf(stats[1].variance)).toEqual([0, 1, 2, 3]);
  });

  it("is undone by exportStateDict, through a file", () => {
    const exported = exportStateDict(importStateDict(variables, file));
    const host = Object.fromEntries(
      Object.entries(exported).map(([name, x]) => [
        name,
        { dtype: x.dtype, shape: x.shape, data: Float32Array.from(valuesOf(x)) },
      ]),
    );
    const { "1.num_batches_tracked": _count, ...rest } = file;
    expect(host).toEqual(rest);
    const { tensors } = readSafetensors(writeSafetensors(host));
    const again = exportStateDict(importStateDict(variables, tensors));
    for (const [name, x] of Object.entries(exported)) expect(valuesOf(again[name]!)).toEqual(valuesOf(x));
  });

  it("maps names by the longest prefix, or by a function", () => {
    const renamed = Object.fromEntries(
      Object.entries(file).map(([name, value]) => [
        name
          .replace(/^0\.weight$/, "stem.kernel")
          .replace(/^0\./, "stem.")
          .replace(/^4/, "head.out"),
        value,
      ]),
    );
    const record = { "0": "stem", "0.weight": "stem.kernel", "4": "head.out" };
    const imported = importStateDict(variables, renamed, { nameMap: record });
    expect(valuesOf(imported.params[4].bias!)).toEqual([0, 1, 2]);
    expect(Object.keys(exportStateDict(imported, { nameMap: record }))).toEqual(
      Object.keys(renamed)
        .filter((name) => !name.includes("num_batches"))
        .toSorted(byModelOrder),
    );
    const prefixed = Object.fromEntries(Object.entries(file).map(([name, value]) => [`net.${name}`, value]));
    expect(() => importStateDict(variables, prefixed, { nameMap: (name) => `net.${name}` })).not.toThrow();
  });

  it("uses PyTorch's names for embeddings and attention", () => {
    const text = layers.sequential({
      tokens: layers.embedding({ count: 5, size: 4 }),
      mix: layers.multiHeadAttention({ heads: 2 }),
    });
    const exported = exportStateDict(text.init(key(0), [1, 3]));
    expect(Object.entries(exported).map(([name, { shape }]) => [name, shape])).toEqual([
      ["tokens.weight", [5, 4]],
      ["mix.in_proj_weight", [12, 4]],
      ["mix.in_proj_bias", [12]],
      ["mix.out_proj.weight", [4, 4]],
      ["mix.out_proj.bias", [4]],
    ]);
  });

  it("leaves the axes of a normalisation over several as they are", () => {
    const norm = layers.layerNorm({ axes: 2 });
    const tensors = { weight: counted([3, 3]), bias: counted([3, 3]) };
    const imported = importStateDict(norm.init(key(0), [1, 3, 3]), tensors);
    expect(valuesOf(imported.params.weight!)).toEqual([...tensors.weight.data]);
    expect(valuesOf(exportStateDict(imported).weight!)).toEqual([...tensors.weight.data]);
  });

  it("refuses one name for two variables, of which a file would have one", async () => {
    const pair = layers.sequential(layers.linear({ out: 2 }), layers.linear({ out: 2 }));
    const own = pair.init(key(0), [1, 2]);
    const options = { nameMap: { 0: "a", 1: "a" } };
    const message = "0.weight and 1.weight are both called a.weight";
    expect(() => exportStateDict(own, options)).toThrow(`exportStateDict: ${message}`);
    await expect(writeStateDict(own, options)).rejects.toThrow(`writeStateDict: ${message}`);
    expect(() => importStateDict(own, {}, { ...options, partial: true })).toThrow(
      `importStateDict: ${message}`,
    );
  });

  it("names what is missing, left over, or of another shape", () => {
    const { "4.bias": _bias, ...short } = file;
    expect(() => importStateDict(variables, short)).toThrow("importStateDict: no tensor for 4.bias (4.bias)");
    const long = { ...file, "5.weight": counted([1]) };
    expect(() => importStateDict(variables, long)).toThrow(
      "importStateDict: the model has no place for 5.weight; map the names, or pass { strict: false } to leave them out",
    );
    expect(() => importStateDict(variables, long, { strict: false })).not.toThrow();
    const wrong = { ...file, "0.weight": counted([4, 3, 3, 1]) };
    expect(() => importStateDict(variables, wrong)).toThrow(
      "importStateDict: 0.weight has shape [4,3,3,1], 0.weight needs [4,1,3,3] in PyTorch's layout",
    );
  });
});

describe("importStateDict of other dtypes", () => {
  const small = layers.sequential(layers.linear({ out: 2 }));
  const own = small.init(key(1), [1, 3]);
  const weight: HostTensor = { dtype: "f16", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const bias: HostTensor = { dtype: "f32", shape: [2], data: Float32Array.of(7, 8) };

  it("converts floats to the variable's dtype, and nothing else", async () => {
    const { tensors } = readSafetensors(writeSafetensors({ "0.weight": weight, "0.bias": bias }));
    const { params } = importStateDict(own, tensors);
    expect(params[0].weight.dtype).toBe("f32");
    expect(valuesOf(params[0].weight)).toEqual([1, 4, 2, 5, 3, 6]);
    const halves = { "0.weight": tensor(weight.data, { shape: [2, 3], dtype: "f16" }), "0.bias": bias };
    expect(valuesOf(importStateDict(own, halves).params[0].weight)).toEqual([1, 4, 2, 5, 3, 6]);
    const counts: HostTensor = { dtype: "i32", shape: [2], data: Int32Array.of(7, 8) };
    expect(() => importStateDict(own, { "0.weight": weight, "0.bias": counts })).toThrow(
      "importStateDict: 0.bias is i32, 0.bias needs f32; only floats are converted, cast it first",
    );
  });

  it("keeps what the file does not have, where that is asked for", () => {
    const file = { "0.bias": bias, "1.weight": weight };
    const { params } = importStateDict(own, file, { partial: true, strict: false });
    expect(params[0].weight).toBe(own.params[0].weight);
    expect(valuesOf(params[0].bias!)).toEqual([7, 8]);
    expect(() => importStateDict(own, file, { partial: true })).toThrow(
      "the model has no place for 1.weight",
    );
    expect(() => importStateDict(own, file, { strict: false })).toThrow(
      "no tensor for 0.weight (0.weight); the file has 0.bias, 1.weight; map the names, or pass { partial: true }",
    );
  });
});

describe("writeStateDict", () => {
  it("makes a file that importStateDict reads back", async () => {
    const options = { nameMap: { "4": "head" } };
    const bytes = await writeStateDict(variables, { ...options, metadata: { epoch: "3" } });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(metadata).toEqual({ epoch: "3" });
    expect(tensors["head.weight"]!.shape).toEqual([3, 2]);
    const fresh = model.init(key(9), [1, 8, 8, 1]);
    const [before, after] = [variables, importStateDict(fresh, tensors, options)];
    expect(await after.params[0].weight.data()).toEqual(await before.params[0].weight.data());
    expect(await after.stats[1].variance.data()).toEqual(await before.stats[1].variance.data());
  });
});

/** Parameters first, then statistics, as exportStateDict lists them. */
function byModelOrder(a: string, b: string): number {
  return Number(a.includes("running")) - Number(b.includes("running"));
}

describe("whole networks against PyTorch", () => {
  const read = (name: string): Readonly<Record<string, HostTensor>> =>
    readSafetensors(readFileSync(new URL(`../../../test/fixtures/${name}.safetensors`, import.meta.url)))
      .tensors;
  const below = (tensors: Readonly<Record<string, HostTensor>>, prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(
      Object.entries(tensors).flatMap(([name, x]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [],
      ),
    );
  /** [N, C, H, W] of a file to [N, H, W, C]. */
  const image = ({ data, shape }: HostTensor): Tensor => transpose(tensor(data, { shape }), [0, 2, 3, 1]);

  const expectNear = (actual: readonly number[], expected: readonly number[], tolerance: number): void => {
    const scale = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
    expect(actual.length).toBe(expected.length);
    expect(worst).toBeLessThan(tolerance * scale);
  };
  /** Gradients, in PyTorch's names and layouts. */
  const expectGradients = (
    actual: Readonly<Record<string, Tensor>>,
    expected: Record<string, HostTensor>,
  ): void => {
    expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [name, x] of Object.entries(actual)) {
      expectNear(valuesOf(x), [...expected[name]!.data], 2e-4);
    }
  };
  /** Statistics start at mean 0 and variance 1, and are not in the files of weights. */
  const withFreshStats = (model: AnyLayer, shape: Shape, weights: Record<string, HostTensor>) => {
    const fresh = exportStateDict(model.init(key(0), shape));
    const stats = Object.entries(fresh).filter(([name]) => name.includes("running"));
    return { ...weights, ...Object.fromEntries(stats) };
  };

  it("PatchGAN discriminator: logits, loss and every gradient", () => {
    const tensors = read("discriminator");
    const down = (out: number, stride: number, bias: boolean) =>
      layers.conv2d({ out, kernel: 4, stride, padding: 1, bias });
    const discriminator = layers.sequential({
      conv1: down(4, 2, true),
      act1: layers.leakyRelu(0.2),
      conv2: down(8, 2, false),
      norm2: layers.batchNorm(),
      act2: layers.leakyRelu(0.2),
      conv3: down(16, 2, false),
      norm3: layers.batchNorm(),
      act3: layers.leakyRelu(0.2),
      conv4: down(32, 1, false),
      norm4: layers.batchNorm(),
      act4: layers.leakyRelu(0.2),
      conv5: down(1, 1, true),
    });
    const x = image(tensors.input!);
    const weights = withFreshStats(discriminator, x.shape, below(tensors, "weight/"));
    const { params, stats } = importStateDict(discriminator.init(key(0), x.shape), weights);
    const { value, grads, aux } = settled(
      valueAndGrad(
        (p: typeof params, input: Tensor) => {
          const { output } = discriminator.apply({ params: p, stats }, input, { train: true });
          return { loss: binaryCrossEntropyWithLogits(output, 1), aux: output };
        },
        { argument: [0, 1] },
      )(params, x),
    );
    expectNear(valuesOf(transpose(aux, [0, 3, 1, 2])), [...tensors.output!.data], 1e-5);
    expectNear(valuesOf(value), [...tensors.loss!.data], 1e-5);
    const { input, ...expected } = below(tensors, "grad/");
    expectGradients(exportStateDict({ params: grads[0], stats: {} }), expected);
    expectNear(valuesOf(transpose(grads[1], [0, 3, 1, 2])), [...input!.data], 2e-4);
  });

  it("U-Net generator: output, loss, gradients, statistics, evaluation", () => {
    const tensors = read("generator");
    const [downs, width] = [7, 4];
    const channels = (depth: number): number => width * Math.min(2 ** (depth - 1), 8);
    const names: Record<string, string> = {};
    /** Blocks from the innermost outwards; the path of block k in the tree is `prefix`. */
    const block = (depth: number, prefix: string): AnyLayer => {
      const [outermost, innermost] = [depth === 1, depth === downs];
      const path = (part: string): string => (prefix === "" ? part : `${prefix}.${part}`);
      names[path("down")] = `down${depth}.conv`;
      names[path("downNorm")] = `down${depth}.norm`;
      names[path("up")] = `up${depth}.conv`;
      names[path("upNorm")] = `up${depth}.norm`;
      const convolution = { kernel: 4, stride: 2, padding: 1 };
      return layers.sequential({
        ...(!outermost && { activation: layers.leakyRelu(0.2) }),
        down: layers.conv2d({ out: channels(depth), ...convolution, bias: false }),
        ...(!outermost && !innermost && { downNorm: layers.batchNorm() }),
        ...(!innermost && { inner: layers.skip(block(depth + 1, path("inner.body"))) }),
        rectified: layers.relu(),
        up: layers.convTranspose2d({
          out: outermost ? 1 : channels(depth - 1),
          ...convolution,
          bias: outermost,
        }),
        ...(outermost ? { output: layers.tanh() } : { upNorm: layers.batchNorm() }),
      });
    };
    const generator = block(1, "");
    const x = image(tensors.noisy!);
    const options = { nameMap: names };
    const fresh = generator.init(key(0), x.shape);
    const stats = settled(fresh.stats);
    const weights = {
      ...Object.fromEntries(
        Object.entries(exportStateDict(fresh, options)).filter(([name]) => name.includes("running")),
      ),
      ...below(tensors, "weight/"),
    };
    const { params } = importStateDict(fresh, weights, options);
    const { value, grads, aux } = settled(
      valueAndGrad((p: typeof params) => {
        const result = generator.apply({ params: p, stats }, x, { train: true });
        return { loss: l1(result.output, image(tensors.clean!)), aux: result };
      })(params),
    );
    expectNear(valuesOf(transpose(aux.output, [0, 3, 1, 2])), [...tensors.output_train!.data], 1e-5);
    expectNear(valuesOf(value), [...tensors.loss!.data], 1e-5);
    expectGradients(exportStateDict({ params: grads, stats: {} }, options), below(tensors, "grad/"));
    const after = exportStateDict({ params: {}, stats: aux.stats }, options);
    for (const [name, expected] of Object.entries(below(tensors, "after/"))) {
      expectNear(valuesOf(after[name]!), [...expected.data], 1e-5);
    }
    const evaluated = generator.apply({ params, stats: aux.stats }, x, { train: false }).output;
    expectNear(valuesOf(transpose(evaluated, [0, 3, 1, 2])), [...tensors.output_eval_after!.data], 1e-5);
    expect(summary(generator, x.shape).rows.length).toBeGreaterThan(20);
  });
});
