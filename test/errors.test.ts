import { grad, valueAndGrad } from "@clidim/autograd";
import * as nn from "@clidim/nn";
import * as T from "@clidim/tensor";
import { compile, evaluate, input, key, type Tensor, tensor } from "@clidim/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFiniteArguments, expectFiniteResult } from "../packages/tensor/src/debugNaN.js";

// Mistakes as users make them, each with the whole message: what was expected, what came, what to do.

const f32 = (...shape: number[]): Tensor => input(shape, "f32");
const i32 = (...shape: number[]): Tensor => input(shape, "i32");
const bool = (...shape: number[]): Tensor => input(shape, "bool");

function messageOf(mistake: () => unknown): string {
  try {
    mistake();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

async function rejectionOf(mistake: () => Promise<unknown>): Promise<string> {
  try {
    await mistake();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

type Mistakes = readonly (readonly [name: string, mistake: () => unknown, message: string])[];

const check = (mistakes: Mistakes): void =>
  it.each(mistakes)("%s", (_, mistake, message) => expect(messageOf(mistake)).toBe(message));

describe("values and shapes", () => {
  check([
    [
      "lists of different lengths",
      () => tensor([[1, 2], [3]]),
      "tensor: nested lists must be regular; the first entries give shape [2,2], another list differs at depth 1",
    ],
    [
      "too few values",
      () => tensor(new Float32Array(5), { shape: [2, 3] }),
      "tensor: shape [2,3] needs 6 values, got 5",
    ],
    [
      "a fraction among integers",
      () => tensor([1, 2.5], { dtype: "i32" }),
      "tensor: 2.5 is not a value of dtype i32; round it, or choose another dtype",
    ],
    [
      "an empty tensor",
      () => T.zeros([0, 3]),
      "zeros: extents must be integers of at least 1, got shape [0,3]",
    ],
    [
      "a member that is not there, from untyped code",
      () => T.add(f32(2), ({} as { bias: Tensor }).bias),
      "add: expected tensors and numbers, got undefined; wrap other values with tensor()",
    ],
  ]);
});

describe("dtypes", () => {
  check([
    [
      "floats and integers in one operation",
      () => T.add(f32(2), i32(2)),
      "add: operands must have one dtype, got f32 [2] and i32 [2]; cast first",
    ],
    [
      "a fraction times integers",
      () => T.mul(i32(2), 0.5),
      "mul: 0.5 is not a value of dtype i32; round it, or choose another dtype",
    ],
    ["the root of integers", () => T.sqrt(i32(2)), "sqrt: x must be floating point, got i32 [2]; cast first"],
    [
      "softmax of integers",
      () => T.softmax(i32(2, 3)),
      "softmax: x must be floating point, got i32 [2,3]; cast first",
    ],
    ["the sum of bools", () => T.sum(bool(3)), "sum: x must be numeric, got bool [3]; cast first"],
    [
      "a condition of floats",
      () => T.where(f32(2), f32(2), 0),
      "where: condition must be bool, got f32 [2]; cast first",
    ],
    [
      "a choice between two dtypes",
      () => T.where(bool(2), f32(2), i32(2)),
      "where: operands must have one dtype, got f32 [2] and i32 [2]; cast first",
    ],
    [
      "float indices",
      () => T.take(f32(5, 3), f32(2), 0),
      "take: indices must be integer, got f32 [2]; cast first",
    ],
  ]);
});

describe("broadcasting and axes", () => {
  check([
    [
      "shapes that do not broadcast",
      () => T.add(f32(2, 3), f32(2, 4)),
      "add: shapes [2,3] and [2,4] do not broadcast (axis -1: 3 against 4); extents must be equal or 1",
    ],
    [
      "a condition that does not broadcast",
      () => T.where(bool(3), f32(2), 0),
      "where: shapes [3] and [2] do not broadcast (axis -1: 3 against 2); extents must be equal or 1",
    ],
    [
      "a shape to stretch to that does not fit",
      () => T.broadcastTo(f32(2, 3), [3, 3]),
      "broadcastTo: x [2,3] does not stretch to [3,3]; aligned at the last axis, extents must be equal or 1",
    ],
    [
      "an axis too many",
      () => T.sum(f32(2, 3), 2),
      "sum: axis 2 is out of range for a tensor of rank 2; use -2 to 1",
    ],
    ["an axis twice", () => T.max(f32(2, 3), [1, -1]), "max: axes [1,-1] name an axis of x [2,3] twice"],
    [
      "the axis of softmax",
      () => T.softmax(f32(2, 3), -3),
      "softmax: axis -3 is out of range for a tensor of rank 2; use -2 to 1",
    ],
    [
      "the least element along an axis that is not there",
      () => T.min(f32(2), 1),
      "min: axis 1 is out of range for a tensor of rank 1; use -1 to 0",
    ],
  ]);
});

describe("moving elements", () => {
  check([
    [
      "a reshape to another size",
      () => T.reshape(f32(2, 3), [4, 2]),
      "reshape: x [2,3] has 6 elements, shape [4,2] has 8; they must be equal, and one extent may be -1 to be worked out",
    ],
    [
      "an extent that cannot be worked out",
      () => T.reshape(f32(2, 3), [4, -1]),
      "reshape: cannot work out -1 in [4,-1] for x [2,3]; one extent may be -1, and the others must divide 6",
    ],
    [
      "a slice past the end",
      () => T.slice(f32(4, 4), [0, 2], [4, 5]),
      "slice: 2 to 5 on axis 1 is not a range within extent 4 of x [4,4]; use 0 <= start < stop <= extent, negative bounds counting from the end",
    ],
    [
      "extents that differ beside the axis of concat",
      () => T.concat([f32(2, 3), f32(3, 3)], 1),
      "concat: shapes must agree except on axis 1, got f32 [2,3] and f32 [3,3]",
    ],
    [
      "a stack of different shapes",
      () => T.stack([f32(2), f32(3)], 0),
      "stack: tensors must have one shape, got f32 [2] and f32 [3]; concat joins along an axis that they have",
    ],
    [
      "axes missing from a permutation",
      () => T.transpose(f32(2, 3, 4), [0, 1]),
      "transpose: permutation must name each axis of x [2,3,4] once, got [0,1]",
    ],
    [
      "a reflection wider than the image",
      () => T.pad(f32(3), [[3, 0]], "reflect"),
      'pad: reflect needs widths below the extent, got 3 on axis 0 of x [3]; pad less, or use "edge"',
    ],
    [
      "pieces that do not come out even",
      () => T.chunk(f32(7), 2, 0),
      "chunk: 2 does not divide extent 7 of axis 0 of x [7]",
    ],
  ]);
});

describe("contractions", () => {
  check([
    [
      "matmul: inner extents",
      () => T.matmul(f32(2, 3), f32(4, 5)),
      "matmul: a has 3 columns, b has 4 rows (f32 [2,3] and f32 [4,5]); they must be equal, transpose what lies the other way",
    ],
    [
      "matmul: batches",
      () => T.matmul(f32(2, 3, 4), f32(5, 4, 6)),
      "matmul: batches [2] and [5] do not broadcast (f32 [2,3,4] and f32 [5,4,6]); aligned at the last axis, extents must be equal or 1",
    ],
    [
      "conv2d: channels",
      () => T.conv2d(f32(1, 8, 8, 3), f32(3, 3, 4, 16)),
      "conv2d: x has 3 channels, weight expects 4 (x [1,8,8,3], weight [3,3,4,16], y [1,6,6,16], groups 1)",
    ],
    [
      "conv2d: groups",
      () => T.conv2d(f32(1, 8, 8, 4), f32(3, 3, 2, 3), { groups: 2 }),
      "conv2d: 3 output channels do not divide into 2 groups (x [1,8,8,4], weight [3,3,2,3], y [1,6,6,3])",
    ],
    [
      "conv2d: a kernel larger than the image",
      () => T.conv2d(f32(1, 2, 8, 4), f32(3, 3, 4, 3)),
      "conv2d: the kernel does not fit into the padded input on axis 1 (x [1,2,8,4], weight [3,3,4,3], y [1,0,6,3], padding [0,0], dilation 1); pad more",
    ],
    [
      "convTranspose2d: channels",
      () => T.convTranspose2d(f32(1, 8, 8, 3), f32(3, 3, 4, 16)),
      "convTranspose2d: y has 3 channels, weight expects 16 (y [1,8,8,3], weight [3,3,4,16])",
    ],
    [
      "conv1d: channels",
      () => T.conv1d(f32(2, 8, 3), f32(3, 4, 4)),
      "conv1d: x has 3 channels, weight expects 4 (x f32 [2,8,3], weight f32 [3,4,4], groups 1)",
    ],
    [
      "einsum: a letter of two extents",
      () => T.einsum("ij,jk->ik", f32(2, 3), f32(4, 5)),
      'einsum: "j" in "ij,jk->ik" is 3 in a and 4 in b (f32 [2,3] and f32 [4,5]); a letter has one extent',
    ],
    [
      "einsum: a letter too few",
      () => T.einsum("i,ij->j", f32(2, 2), f32(2, 3)),
      'einsum: "i,ij->j" names 1 axes of a, which is f32 [2,2]; write one letter per axis',
    ],
  ]);
});

describe("random numbers", () => {
  check([
    [
      "a seed in place of a key",
      () => T.uniform(T.full([], 3, "u32"), [2]),
      "uniform: expected a key (u32 [2]), got u32 []; make keys with key(seed)",
    ],
    [
      "split of a tensor that is no key",
      () => T.split(f32(4, 2), 2),
      "split: expected a key (u32 [2]), got f32 [4,2]; make keys with key(seed) (chunk divides a tensor)",
    ],
    ["a negative seed", () => key(-1), "key: seed must be a whole number from 0 to 2^53 - 1, got -1"],
  ]);
});

describe("gradients", () => {
  check([
    [
      "with respect to integers",
      () => grad((x: Tensor) => T.sum(x))(i32(3)),
      "grad: argument 0 is Tensor(i32 [3]), and integers and bools have no gradient; cast to f32 first, or choose another argument",
    ],
    [
      "of a loss that is no scalar",
      () => valueAndGrad((x: Tensor) => T.mul(x, 2))(f32(3)),
      "grad: the function must return a float scalar, got f32 [3]; reduce it with sum or mean, or use vjp",
    ],
    [
      "of an argument that is not there",
      () => grad((x: Tensor) => T.sum(x), { argument: 1 })(f32(3)),
      "grad: argument 1 was asked for, but the function was called with 1",
    ],
  ]);
});

describe("networks", () => {
  const generator = nn.sequential(
    nn.conv2d({ out: 4, kernel: 3 }),
    nn.relu(),
    nn.conv2d({ out: 4, kernel: 3 }),
  );
  const model = nn.parallel({ generator });
  const optimizer = nn.adam();
  const narrow = { weight: f32(3) };
  /** From a file or untyped code, whose types nobody checks. */
  const untyped = (value: unknown): never => value as never;
  const state = optimizer.init({ weight: f32(3), bias: f32(2) });

  check([
    [
      "the wrong number of channels, deep inside",
      () => model.apply(model.init(key(0), [1, 8, 8, 3]), f32(1, 8, 8, 5), { train: false }),
      "generator.0.conv2d: x has 5 channels, weight expects 3 (x [1,8,8,5], weight [3,3,3,4], y [1,6,6,4], groups 1)",
    ],
    [
      "an image that has become too small on the way",
      () => model.init(key(0), [1, 4, 4, 3]),
      "generator.2.conv2d: the kernel does not fit into the padded input on axis 1 (x [1,2,2,4], weight [3,3,4,4], y [1,0,0,4], padding [0,0], dilation 1); pad more",
    ],
    [
      "dropout without a key",
      () => nn.sequential(nn.dropout(0.5)).apply({ params: [{}], stats: [{}] }, f32(3), { train: true }),
      "0.dropout: training draws random numbers and needs a key; apply the model with { train: true, key }",
    ],
    [
      "an optimizer's state of another model",
      () => optimizer.update(narrow, untyped(state), narrow),
      "adam: state.m.bias is f32 [2], expected none; pass what init made for these parameters, or what the last update returned",
    ],
    [
      "a state without a member",
      () => optimizer.update(narrow, untyped({ step: T.zeros([], "i32"), m: narrow }), narrow),
      "adam: state.v.weight is missing, expected f32 [3]; pass what init made for these parameters, or what the last update returned",
    ],
    [
      "a state of a shape that would broadcast",
      () => optimizer.update(narrow, untyped({ ...optimizer.init(narrow), v: { weight: f32(1) } }), narrow),
      "adam: state.v.weight is f32 [1], expected f32 [3]; pass what init made for these parameters, or what the last update returned",
    ],
    [
      "a count of steps that was read as a number",
      () => optimizer.update(narrow, untyped({ ...optimizer.init(narrow), step: 7 }), narrow),
      "adam: state: leavesWithPaths: expected tensors in arrays and plain records, got number at step; wrap numbers with tensor()",
    ],
    [
      "momentum for a state that has none",
      () => nn.sgd({ momentum: 0.9 }).update(narrow, nn.sgd().init(narrow), narrow),
      "sgd: state.velocity.weight is missing, expected f32 [3]; pass what init made for these parameters, or what the last update returned",
    ],
    [
      "gradients of a shape that would broadcast",
      () => optimizer.update({ weight: f32(1) }, optimizer.init(narrow), narrow),
      'adam: the gradient of "weight" is f32 [1], expected f32 [3]; pass gradients of the same parameters, as valueAndGrad returns them',
    ],
    [
      "gradients without a leaf",
      () => optimizer.update(untyped({}), optimizer.init(narrow), narrow),
      'adam: the gradient of "weight" is missing, expected f32 [3]; pass gradients of the same parameters, as valueAndGrad returns them',
    ],
    [
      "gradients of another dtype, in a chain",
      () => {
        const clipped = nn.chain(nn.clipByGlobalNorm(1), optimizer);
        return clipped.update({ weight: input([3], "f16") }, clipped.init(narrow), narrow);
      },
      'clipByGlobalNorm: the gradient of "weight" is f16 [3], expected f32 [3]; pass gradients of the same parameters, as valueAndGrad returns them',
    ],
    [
      "a gradient for a parameter that is one tensor",
      () => nn.lion().update(f32(1), nn.lion().init(f32(3)), f32(3)),
      "lion: the gradient is f32 [1], expected f32 [3]; pass gradients of the same parameters, as valueAndGrad returns them",
    ],
    [
      "a state of another chain",
      () => nn.chain(nn.clipByValue(1), optimizer).update(narrow, untyped([optimizer.init(narrow)]), narrow),
      "chain: expected a state for each of 2 rules, got 1; pass what init of this chain or its last update returned",
    ],
    [
      "an average of other parameters",
      () => nn.ema().update({ weight: f32(1) }, narrow),
      'ema: the average of "weight" is f32 [1], expected f32 [3]; pass what init made of these parameters, or the last average',
    ],
  ]);
});

describe("files", () => {
  const safetensors = T.writeSafetensors({ w: { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) } });
  const npy = T.writeNpy({ dtype: "f32", shape: [2], data: Float32Array.of(1, 2) });
  check([
    [
      "a safetensors file cut short",
      () => T.readSafetensors(safetensors.slice(0, -4)),
      'readSafetensors: "w" has data_offsets [0,8], the data have 4 bytes; the file is truncated or damaged',
    ],
    [
      "a file that is no safetensors",
      () => T.readSafetensors(new TextEncoder().encode("PK, or anything else")),
      "readSafetensors: the header length is 6998719642540460880 bytes, but only 12 follow; the file is truncated or no safetensors",
    ],
    [
      "a file that is no .npy",
      () => T.readNpy(safetensors),
      'readNpy: a file starts with the bytes "\\x93NUMPY"; this is no .npy file',
    ],
    [
      "a .npy file cut short",
      () => T.readNpy(npy.slice(0, -4)),
      "readNpy: f4 [2] needs 8 bytes of data, the file has 4; it is damaged",
    ],
  ]);
});

describe("compile", () => {
  const step = (x: Tensor): Tensor => T.mul(x, 2);

  it("a donated tensor used again", async () => {
    const x = tensor([1, 2]);
    await compile(step, { donate: [0] })(x);
    const message =
      "Tensor(f32 [2]) was donated to compile(step), which has taken over its memory; use the tensor that was returned instead";
    expect(await rejectionOf(() => T.add(x, 1).data())).toBe(message);
    expect(await rejectionOf(() => x.data())).toBe(message);
  });

  it("a tensor donated twice in one call", async () => {
    const x = tensor([1, 2]);
    const both = compile(
      function both(a: Tensor, b: Tensor) {
        return T.mul(a, b);
      },
      { donate: [0, 1] },
    );
    expect(await rejectionOf(() => both(x, x))).toBe(
      "compile(both): Tensor(f32 [2]) is donated and used twice (passed again or closed over); pass a copy of it",
    );
  });

  it("a value read while the function is traced", async () => {
    let reading: Promise<number> | undefined;
    const peek = compile((x: Tensor) => {
      reading = x.item();
      reading.catch(() => undefined);
      return x;
    });
    await peek(tensor([1]));
    expect(await rejectionOf(async () => reading)).toBe(
      "evaluate: Tensor(f32 [1]) is a placeholder of a function that is being traced and has no value; return it from the function " +
        "(inside compile or grad nothing can be read)",
    );
  });

  it("an async function", async () => {
    // From untyped code.
    const later = compile((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor);
    expect(await rejectionOf(() => later(tensor([1])))).toBe(
      "compile(anonymous): the function is async, but nothing runs while it is traced; make it synchronous",
    );
  });

  it("what is no tensor in the tree of arguments, and in the result", async () => {
    type State = { readonly w: Tensor; readonly rate: Tensor };
    const update = compile(function update(_: Tensor, state: State) {
      return T.mul(state.w, state.rate);
    });
    class Rate {}
    const expected = "compile(update): expected tensors in arrays and plain records, got";
    const mistakes: readonly (readonly [rate: unknown, message: string])[] = [
      [0.1, "number at argument 1.rate; wrap numbers with tensor()"],
      [new Float32Array(1), "Float32Array at argument 1.rate; wrap numbers with tensor()"],
      ["0.1", "string at argument 1.rate; close over what is no tensor, or leave it out"],
      [null, "null at argument 1.rate; write undefined for what is absent"],
      [new Rate(), "Rate at argument 1.rate; put its tensors into a plain record"],
      [Promise.resolve(tensor(0.1)), "Promise at argument 1.rate; await it first"],
    ];
    for (const [rate, message] of mistakes) {
      // From untyped code.
      const state = { w: tensor([1]), rate } as unknown as State;
      expect(await rejectionOf(() => update(tensor([1]), state))).toBe(`${expected} ${message}`);
    }
    const count = compile((x: Tensor) => ({ size: x.shape[0] }) as unknown as Tensor);
    expect(await rejectionOf(() => count(tensor([1])))).toBe(
      "compile(anonymous): expected tensors in arrays and plain records, got number at the result.size; wrap numbers with tensor()",
    );
  });

  it("a tree of arguments without a member that the function uses", async () => {
    type State = { readonly w: Tensor; readonly m: Tensor };
    const update = compile((state: State) => T.add(state.w, state.m));
    // From a checkpoint, whose types nobody checks.
    expect(await rejectionOf(() => update({ w: tensor([1]) } as unknown as State))).toBe(
      "add: expected tensors and numbers, got undefined; wrap other values with tensor()",
    );
  });

  it("the item of a tensor of several", async () => {
    expect(await rejectionOf(() => tensor([1, 2]).item())).toBe(
      "item: expected one element, got shape [2]; use data() for all of them",
    );
  });
});

describe("numbers that are not finite", () => {
  const checked = async (
    f: (state: { w: Tensor }) => { metrics: { loss: Tensor } },
    w: Tensor,
  ): Promise<void> => {
    const state = { w };
    await evaluate(state);
    await expectFiniteArguments("compile(step)", [state]);
    const result = await compile(f)(state);
    await expectFiniteResult("compile(step)", result);
  };

  it("NaN in the loss", async () => {
    const log = checked(({ w }) => ({ metrics: { loss: T.mean(T.log(w)) } }), tensor([1, -1]));
    expect(await rejectionOf(() => log)).toBe(
      'compile(step): the result "metrics.loss" Tensor(f32 []) holds NaN: 1 of 1 elements, the first at []; ' +
        "the arguments were finite, so it arose inside: return intermediate values too to see where, and look for log, div, sqrt " +
        "and exp of what they cannot take, or a learning rate that is too high",
    );
  });

  it("infinite values in one place of a large result", async () => {
    const overflow = ({ w }: { w: Tensor }) => ({ metrics: { loss: T.exp(w) } });
    const w = new Float32Array(70_000).fill(-1);
    w[69_000] = 200;
    expect(await rejectionOf(() => checked(overflow, tensor(w, { shape: [70, 1000] })))).toMatch(
      /^compile\(step\): the result "metrics.loss" Tensor\(f32 \[70,1000\]\) holds infinite values: 1 of 70000 elements, the first at \[69,0\]; /,
    );
    await checked(overflow, tensor(w.subarray(0, 69_000)));
  });

  it("infinite values in f16, from numbers above 65504", async () => {
    const x = tensor([1, 2, 3, -70_000], { dtype: "f16" });
    await evaluate(x);
    expect(await rejectionOf(() => expectFiniteArguments("compile(step)", [x]))).toBe(
      'compile(step): argument "0" Tensor(f16 [4]) holds infinite values: 1 of 4 elements, the first at [3]; look at the data, or at the step before',
    );
  });

  it("NaN among the arguments is told before the function runs", async () => {
    const w = tensor([1, Number.NaN, Number.POSITIVE_INFINITY]);
    const fine = checked(() => ({ metrics: { loss: T.zeros([]) } }), w);
    expect(await rejectionOf(() => fine)).toBe(
      'compile(step): argument "0.w" Tensor(f32 [3]) holds NaN and infinite values: 2 of 3 elements, the first at [1]; ' +
        "look at the data, or at the step before",
    );
  });
});

describe("devices", () => {
  let here: T.Device;
  let there: T.Device;
  let a: Tensor;
  let b: Tensor;
  beforeAll(async () => {
    [here, there] = [await T.Device.open(), await T.Device.open()];
    [a, b] = [tensor([1]), tensor([2])];
    await evaluate(a, { device: here });
    await evaluate(b, { device: there });
  });
  afterAll(() => {
    here.destroy();
    there.destroy();
  });

  it("operands on two devices", async () => {
    expect(await rejectionOf(() => T.add(a, b).data())).toBe(
      `evaluate: the inputs live on two devices (${here} and ${there}); read the data of one and make a tensor of it on the other`,
    );
  });

  it("arguments of one call on two devices", async () => {
    const total = compile(function add(x: Tensor, y: Tensor) {
      return T.add(x, y);
    });
    expect(await rejectionOf(() => total(a, b))).toBe(
      `compile(add): the inputs live on two devices (${here} and ${there}); read the data of one and make a tensor of it on the other`,
    );
  });

  it("a closure over a tensor of another device", async () => {
    const shift = compile((x: Tensor) => T.add(x, b));
    expect(await rejectionOf(() => shift(a))).toBe(
      `compile(anonymous): runs on ${here} but closes over a tensor on ${there}; pass it as an argument or move it`,
    );
  });

  it("a tensor above the limit of one binding", async () => {
    const { maxBufferSize, maxStorageBufferBindingSize } = here.traits.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const { liveBytes, peakBytes, pooledBytes } = here.stats();
    const huge = T.ones([Math.floor(limit / 4) + 1]);
    expect(await rejectionOf(() => evaluate(huge, { device: here }))).toBe(
      `Device: a tensor of ${(Math.floor(limit / 4) + 1) * 4} bytes is above this adapter's limit of ${limit} bytes for one binding ` +
        `(${liveBytes} bytes live, ${peakBytes} at the peak, ${pooledBytes} pooled); use a smaller batch, crop or tile`,
    );
  });

  it("a device that was lost", async () => {
    const lost = await T.Device.open();
    const x = tensor([1]);
    await evaluate(x, { device: lost });
    lost.destroy();
    await lost.gpu.lost;
    const message =
      "Device: lost (destroyed): device was destroyed; open a new device and start from the last checkpoint";
    expect(await rejectionOf(() => x.data())).toBe(message);
    expect(await rejectionOf(() => T.add(x, 1).data())).toBe(message);
  });
});
