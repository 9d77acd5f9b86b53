import { checkpoint, customVjp, grad, hessianVectorProduct, jvp, valueAndGrad, vjp } from "@clidim/autograd";
import * as nn from "@clidim/nn";
import * as T from "@clidim/tensor";
import { compile, evaluate, input, key, type Tensor, tensor } from "@clidim/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFiniteArguments, expectFiniteResult } from "../packages/tensor/src/run/debugNaN.js";

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

/** From a file or untyped code, whose types nobody checks. */
const untyped = (value: unknown): never => value as never;

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
      "an extent below 0",
      () => T.zeros([-1, 3]),
      "zeros: extents must be whole numbers of at least 0, got shape [-1,3]",
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
    ["the mean of bools", () => T.mean(bool(3)), "mean: x must be floating point, got bool [3]; cast first"],
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

describe("arguments that the types would refuse, from untyped code", () => {
  const x = f32(2, 3);
  /** An operation as JavaScript sees it. */
  type Untyped = (...args: readonly unknown[]) => unknown;
  const untyped = T as unknown as Readonly<Record<string, Untyped>>;
  const call =
    (name: string, ...args: readonly unknown[]) =>
    () =>
      untyped[name]!(...args);
  const held = { dtype: "f32", shape: [1], data: Float32Array.of(1) };

  check([
    [
      "a dtype of NumPy",
      call("zeros", [2], "int32"),
      'zeros: dtype must be f32, f16, i32, u32 or bool, got "int32"; write "i32"',
    ],
    [
      "a dtype of PyTorch",
      call("full", [2], 1, "float32"),
      'full: dtype must be f32, f16, i32, u32 or bool, got "float32"; write "f32"',
    ],
    [
      "a cast to a dtype that is not there",
      call("cast", x, "float64"),
      'cast: dtype must be f32, f16, i32, u32 or bool, got "float64"',
    ],
    ["a cast to nothing", call("cast", x), "cast: dtype must be f32, f16, i32, u32 or bool, got undefined"],
    [
      "a dtype in place of options",
      call("tensor", [1], "i32"),
      'tensor: expected options { shape, dtype }, got "i32"; write { dtype: "i32" }',
    ],
    [
      "a number for a shape",
      call("zeros", 3),
      "zeros: shape must be an array of extents, got 3; write [3] for one axis, [] for a scalar",
    ],
    [
      "a shape of several arguments",
      call("reshape", x, 3, 2),
      "reshape: shape must be an array of numbers, got 3; write reshape(x, [2, 3])",
    ],
    [
      "a permutation of several arguments",
      call("transpose", x, 1, 0),
      "transpose: permutation must be an array of numbers, got 1; it names every axis, as in transpose(x, [1, 0])",
    ],
    [
      "tensors of several arguments",
      call("concat", x, x),
      "concat: expected an array of tensors, got f32 [2,3]; write concat([a, b], axis)",
    ],
    ["no axis", call("stack", [x, x]), "stack: expected an axis, a whole number from -3 to 2, got none"],
    ["a number for a tensor", call("exp", 5), "exp: x must be a tensor, got 5; wrap it with tensor()"],
    ["nothing for a tensor", call("relu", undefined), "relu: x must be a tensor, got undefined"],
    [
      "a promise for a tensor",
      call("sum", Promise.resolve(x)),
      "sum: x must be a tensor, got a Promise; await it first",
    ],
    [
      "a list for a matrix",
      call("matmul", x, [[1], [2], [3]]),
      "matmul: b must be a tensor, got [[1],[2],[3]]; wrap it with tensor()",
    ],
    [
      "a list for indices",
      call("take", x, [0, 1], 0),
      'take: indices must be a tensor, got [0,1]; wrap it with tensor(values, { dtype: "i32" })',
    ],
    [
      "a list of tensors for a tensor",
      call("mean", [x, x]),
      "mean: x must be a tensor, got [f32 [2,3],f32 [2,3]]; stack or concat makes one tensor of several",
    ],
    [
      "what a file holds for a tensor",
      call("exp", held),
      "exp: x must be a tensor, got { dtype, shape, data }; make a tensor of it: tensor(x.data, x)",
    ],
    [
      "true for a condition",
      call("where", true, x, 0),
      "where: condition must be a tensor, got true; wrap it with tensor()",
    ],
    [
      "a string for a number",
      call("add", x, "1"),
      'add: expected tensors and numbers, got "1"; wrap other values with tensor()',
    ],
    [
      "one limit",
      call("clip", x, 0),
      "clip: high must be a tensor or a number, got undefined; for one limit use maximum or minimum",
    ],
    [
      "keepDims as an argument of its own",
      call("sum", x, 0, true),
      "sum: expected options { keepDims }, got true; write { keepDims: true }",
    ],
    [
      "an option of another name",
      call("conv2d", f32(1, 8, 8, 3), f32(3, 3, 3, 4), { strides: 2 }),
      'conv2d: there is no option "strides"; it is called stride here',
    ],
    [
      "padding in words",
      call("conv2d", f32(1, 8, 8, 3), f32(3, 3, 3, 4), { padding: "same" }),
      'conv2d: padding must be a number, [vertical, horizontal] or [[top, bottom], [left, right]], got "same"; ' +
        "with stride 1 and an odd kernel that is (kernel - 1) / 2",
    ],
    [
      "a pooling without its kernel",
      call("maxPool2d", f32(1, 8, 8, 3)),
      "maxPool2d: expected options { kernel, stride, padding, ceilMode, dilation }, got undefined",
    ],
    [
      "a pooling without its kernel among other options",
      call("avgPool2d", f32(1, 8, 8, 3), { stride: 2 }),
      "avgPool2d: options must say the kernel, as in avgPool2d(x, { kernel: 2 })",
    ],
    [
      "a size of one number",
      call("resizeBilinear", f32(1, 8, 8, 3), 16),
      "resizeBilinear: size must be an array of numbers, got 16; write [height, width]",
    ],
    [
      "a mode of PyTorch",
      call("pad", f32(2), [[1, 1]], "replicate"),
      'pad: mode must be one of "zero", "constant", "reflect", "edge", "circular", got "replicate"; that is "edge" here',
    ],
    [
      "a value to pad with, without the mode",
      call("pad", f32(2), [[1, 1]], "zero", { value: 1 }),
      'pad: a value needs mode "constant", got "zero"',
    ],
    [
      "widths that are no pairs",
      call("pad", x, [1, 1]),
      "pad: widths[0] must be an array of numbers, got 1; one [low, high] per axis, as in [[1, 1], [0, 0]]",
    ],
    [
      "a padding of another name",
      call("sampleBilinear", f32(1, 2, 2, 1), f32(1, 1, 2), { padding: "zeros" }),
      'sampleBilinear: padding must be one of "zero", "border", got "zeros"; that is "zero" here',
    ],
    [
      "a seed for a key",
      call("uniform", 5, [2]),
      "uniform: expected a key (u32 [2]), got 5; make keys with key(seed)",
    ],
    [
      "a shape for a key",
      call("normal", [2, 3]),
      "normal: expected a key (u32 [2]), got [2,3]; make keys with key(seed)",
    ],
    [
      "a number for the shape of a draw",
      call("normal", key(0), 3),
      "normal: shape must be an array of extents, got 3; write [3] for one axis, [] for a scalar",
    ],
    [
      "the tensor that is to be made",
      call("tensor", x),
      "tensor: expected numbers, got f32 [2,3]; it is a tensor already, cast and reshape change it",
    ],
    [
      "tensors in a list",
      call("tensor", [x, x]),
      "tensor: expected numbers, got f32 [2,3] at [0]; stack or concat makes one tensor of several",
    ],
    [
      "numbers as text",
      call("tensor", ["1.5", "2"]),
      'tensor: expected numbers, got "1.5" at [0]; convert with Number()',
    ],
    ["text", call("tensor", "abc"), 'tensor: expected numbers, got "abc"; convert with Number()'],
    [
      "a hole in a list",
      call("tensor", [
        [1, 2],
        [3, null],
      ]),
      "tensor: expected numbers, got null at [1][1]",
    ],
    ["nothing", call("tensor"), "tensor: expected numbers, got undefined"],
    [
      "large integers",
      call("tensor", [1n]),
      "tensor: expected numbers, got 1n at [0]; convert with Number()",
    ],
    [
      "bytes without a type",
      call("tensor", new ArrayBuffer(8)),
      "tensor: expected numbers, got an ArrayBuffer; say what it holds, as in new Float32Array(buffer)",
    ],
    [
      "a set",
      call("tensor", new Set([1])),
      "tensor: expected numbers, got a Set; spread it, as in tensor([...values])",
    ],
    [
      "truth beside numbers",
      call("tensor", [true, 1]),
      "tensor: booleans and numbers cannot be mixed; write 1 and 0, or true and false",
    ],
    [
      "a tensor that is to be written",
      call("writeSafetensors", { w: x }),
      'writeSafetensors: "w" f32 needs its data as Float32Array, got the function data; ' +
        "give { dtype: x.dtype, shape: x.shape, data: await x.data() }",
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
      "reshape: cannot work out -1 in [4,-1] for x [2,3]; one extent may be -1, and the product of the others must divide 6 and not be 0",
    ],
    [
      "a slice past the end",
      () => T.slice(f32(4, 4), [0, 2], [4, 5]),
      "slice: 2 to 5 on axis 1 is not a range within extent 4 of x [4,4]; use 0 <= start <= stop <= extent, negative bounds counting from the end",
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
      "conv3d: channels",
      () => T.conv3d(f32(2, 4, 8, 8, 3), f32(3, 3, 3, 4, 4)),
      "conv3d: x has 3 channels, weight expects 4 (x f32 [2,4,8,8,3], weight f32 [3,3,3,4,4], groups 1)",
    ],
    [
      "conv3d: an image in place of a volume",
      () => T.conv3d(f32(4, 8, 8, 3), f32(3, 3, 3, 3, 4)),
      "conv3d: expected x [N,D,H,W,C] and weight [KD,KH,KW,Cin/groups,Cout], got x f32 [4,8,8,3], weight f32 [3,3,3,3,4]",
    ],
    [
      "conv2dWeightGradient: channels",
      () => T.conv2dWeightGradient(f32(1, 8, 8, 3), f32(1, 6, 6, 4), { kernelSize: [3, 3], groups: 2 }),
      "conv2dWeightGradient: 3 input channels do not divide into 2 groups (x [1,8,8,3])",
    ],
    [
      "einsum: a letter of two extents",
      () => T.einsum("ij,jk->ik", f32(2, 3), f32(4, 5)),
      'einsum: "j" in "ij,jk->ik" is 3 in operand 0 and 4 in operand 1 (f32 [2,3] and f32 [4,5]); a letter has one extent',
    ],
    [
      "einsum: a letter too few",
      () => T.einsum("i,ij->j", f32(2, 2), f32(2, 3)),
      'einsum: "i,ij->j" names 1 axes of operand 0, which is f32 [2,2]; write one letter per axis',
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
    [
      "of a number",
      () => grad((x: number) => T.mul(T.ones([]), x))(3),
      "grad: expected tensors in arrays and plain records, got number at argument 0; wrap numbers with tensor()",
    ],
    [
      "of a number in a tree, by vjp",
      () => vjp((p: { w: number }) => T.full([], p.w), { w: 3 }),
      "vjp: expected tensors in arrays and plain records, got number at argument 0.w; wrap numbers with tensor()",
    ],
    [
      "of a loss under another name",
      () => grad(untyped((x: Tensor) => ({ value: T.sum(x) })))(f32(3)),
      "grad: the function must return a float scalar or { loss, aux }, got { value }; return the loss itself, or { loss, aux } to hand out more",
    ],
    [
      "of a list of losses",
      () => grad(untyped((x: Tensor) => [T.sum(x)]))(f32(3)),
      "grad: the function must return a float scalar or { loss, aux }, got [f32 []]; return the loss itself, or { loss, aux } to hand out more",
    ],
    [
      "of a number that came out",
      () => grad(untyped(() => 3))(f32(3)),
      "grad: the function must return a float scalar or { loss, aux }, got 3; compute it with operations on the argument",
    ],
    [
      "of nothing",
      () => grad(untyped((x: Tensor) => void T.sum(x)))(f32(3)),
      "grad: the function must return a float scalar or { loss, aux }, got undefined; is a return missing?",
    ],
    [
      "of an async function",
      () => valueAndGrad(untyped(async (x: Tensor) => T.sum(x)))(f32(3)),
      "grad: the function is async, but nothing runs while it is differentiated; make it synchronous",
    ],
    [
      "at a point, as if grad took it",
      () => grad((x: Tensor) => T.sum(x), untyped(f32(3))),
      "grad: expected options { argument }, got f32 [3]; write grad(f)(x)",
    ],
    [
      "by JAX's name of the option",
      () => grad((_: Tensor, y: Tensor) => T.sum(y), untyped({ argnums: 1 })),
      'grad: there is no option "argnums"; it is called argument here',
    ],
    [
      "in a direction of another shape",
      () =>
        hessianVectorProduct(
          (x: Tensor) => T.sum(T.square(x)),
          untyped({ w: f32(3) }),
          untyped({ w: f32(2) }),
        ),
      'hessianVectorProduct: the direction of "w" must be f32 [3], got f32 [2]',
    ],
    [
      "of nothing that could be called",
      () => checkpoint(untyped(f32(3))),
      "checkpoint: expected a function, got f32 [3]",
    ],
    [
      "of one's own, without a list",
      () =>
        grad((x: Tensor) =>
          customVjp(
            (y: Tensor) => T.sum(y),
            untyped((g: Tensor) => g),
          )(x),
        )(f32(3)),
      "customVjp: backward returns an array with a gradient for each argument, got f32 []; write [gradient] for one",
    ],
    [
      "along tangents that are no list",
      () => jvp((x: Tensor) => T.sum(x), untyped(f32(3)), untyped(f32(3))),
      "jvp: primals and tangents are arrays, one entry per argument, got f32 [3] and f32 [3]; write jvp(f, [x], [tangent])",
    ],
  ]);
});

describe("networks", () => {
  const generator = nn.layers.sequential(
    nn.layers.conv2d({ out: 4, kernel: 3 }),
    nn.layers.relu(),
    nn.layers.conv2d({ out: 4, kernel: 3 }),
  );
  const model = nn.layers.parallel({ generator });
  const optimizer = nn.adam();
  const narrow = { weight: f32(3) };
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
      () =>
        nn.layers
          .sequential(nn.layers.dropout(0.5))
          .apply({ params: [{}], stats: [{}] }, f32(3), { train: true }),
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
      "adam: expected tensors in arrays and plain records, got number at state.step; wrap numbers with tensor()",
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

describe("layers", () => {
  const x = f32(2, 3);
  const linear = nn.layers.linear({ out: 3 });
  const { params, stats } = linear.init(key(0), [2, 3]);
  const attention = nn.layers.multiHeadAttention({ heads: 2 });
  check([
    [
      "an option by PyTorch's name",
      () => nn.layers.conv2d(untyped({ out: 4, kernelSize: 3 })),
      'conv2d: there is no option "kernelSize"; it is called kernel here',
    ],
    [
      "an option that is missing",
      () => nn.layers.conv2d(untyped({ out: 4 })),
      "conv2d: kernel must be a whole number of at least 1, or a pair of them, got undefined",
    ],
    [
      "an option that nobody knows",
      () => nn.layers.batchNorm(untyped({ trackRunningStats: false })),
      'batchNorm: there is no option "trackRunningStats"; options are epsilon, momentum, affine, weightInit, biasInit',
    ],
    [
      "a value by PyTorch's name",
      () => nn.layers.conv2d(untyped({ out: 4, kernel: 3, paddingMode: "zeros" })),
      'conv2d: paddingMode must be "zero", "reflect", "edge" or "circular", got "zeros"',
    ],
    [
      "a number in place of options",
      () => nn.layers.linear(untyped(10)),
      "linear: expected options { out, bias, weightInit, biasInit }, got 10; write linear({ out: 10 })",
    ],
    [
      "no outputs",
      () => nn.layers.linear({ out: 0 }),
      "linear: out must be a whole number of at least 1, got 0",
    ],
    [
      "init without a key",
      () => linear.init(untyped([2, 3]), untyped(undefined)),
      "linear: init starts with a key, got [2,3]; write init(key(0), [2,3])",
    ],
    [
      "init with a seed",
      () => linear.init(untyped(7), [2, 3]),
      "linear: init starts with a key, got 7; write init(key(7), [2,3])",
    ],
    [
      "init with an input",
      () => linear.init(key(0), untyped(x)),
      "linear: expected the shape of the input, got f32 [2,3]; pass its .shape",
    ],
    [
      "apply with parameters alone",
      () => linear.apply(untyped(params), x, { train: false }),
      "linear: apply starts with { params, stats }, as init returns them, got { weight, bias }; call apply({ params, stats }, x, { train })",
    ],
    [
      "apply without a context",
      () => linear.apply({ params, stats }, x, untyped(undefined)),
      "linear: apply ends with a context that says whether this is training, got undefined; pass { train: true } or { train: false }",
    ],
    [
      "apply of an array",
      () => linear.apply({ params, stats }, untyped([[1, 2, 3]]), { train: false }),
      "linear: x must be a tensor, got [[1,2,3]]; call apply({ params, stats }, x, { train })",
    ],
    [
      "a function in place of a layer",
      () => nn.layers.sequential(linear, untyped(T.relu)),
      'sequential: layer 1 must be a layer, got the function relu; write layers.relu() where it is a function of @clidim/nn that makes a layer, and layers.lambda("relu", relu) where it maps tensors',
    ],
    [
      "nothing in place of a layer",
      () => nn.layers.sequential(linear, untyped(undefined)),
      "sequential: layer 1 must be a layer, got undefined; a layer is { kind, init, apply, outputShape }",
    ],
    [
      "a lambda that returns no tensor",
      () =>
        nn.layers
          .sequential(
            nn.layers.lambda(
              "count",
              untyped(() => 3),
            ),
          )
          .outputShape([2, 3]),
      "0.count: the function must return a tensor, got 3",
    ],
    [
      "attention of vectors",
      () => nn.scaledDotProductAttention(f32(4), f32(4), f32(4)),
      "scaledDotProductAttention: expected query [...,T,D], key [...,S,D] and value [...,S,E], got [4], [4], [4]",
    ],
    [
      "attention of other features",
      () => nn.scaledDotProductAttention(f32(1, 2, 4), f32(1, 2, 5), f32(1, 2, 4)),
      "scaledDotProductAttention: expected query [...,T,D], key [...,S,D] and value [...,S,E], got [1,2,4], [1,2,5], [1,2,4]",
    ],
    [
      "a mask of integers",
      () => nn.scaledDotProductAttention(f32(1, 2, 4), f32(1, 3, 4), f32(1, 3, 4), { mask: i32(2, 3) }),
      "scaledDotProductAttention: mask must be bool (true where a position is attended to) or f32 (added to the scores), got i32; cast it",
    ],
    [
      "a mask of another shape",
      () => nn.scaledDotProductAttention(f32(1, 2, 4), f32(1, 3, 4), f32(1, 3, 4), { mask: bool(3, 2) }),
      "scaledDotProductAttention: mask [3,2] does not stretch to scores [1,2,3]; pass [...,T,S], with 1 for what is shared",
    ],
    [
      "attention to a sequence of other features",
      () =>
        attention.attend(
          attention.init(key(0), [1, 2, 4]),
          { query: f32(1, 2, 4), key: f32(1, 3, 6) },
          { train: false },
        ),
      "multiHeadAttention: expected query [N,T,C], key [N,S,C] and value [N,S,C], got [1,2,4], [1,3,6], [1,3,6]",
    ],
  ]);
});

describe("losses and optimisers", () => {
  const params = { w: f32(3) };
  check([
    [
      "a reduction that is not there",
      () => nn.mse(f32(2), f32(2), untyped({ reduction: "avg" })),
      'mse: reduction must be "mean", "sum" or "none", got "avg"',
    ],
    [
      "a target of another dtype",
      () => nn.binaryCrossEntropyWithLogits(f32(4), i32(4)),
      "binaryCrossEntropyWithLogits: output is f32 [4], target i32; cast one of them first",
    ],
    [
      "a target that is an array",
      () => nn.l1(f32(2), untyped([1, 2])),
      "l1: target must be a tensor, got [1,2]; wrap arrays with tensor()",
    ],
    [
      "classes as floats",
      () => nn.crossEntropy(f32(4, 3), f32(4)),
      "crossEntropy: class indices must be integers, got f32 [4]; cast to i32 (targets of floats are probabilities, of shape [4,3])",
    ],
    [
      "logits without classes",
      () => nn.crossEntropy(f32(), i32()),
      "crossEntropy: expected logits of shape [...,C], floating point, got f32 []",
    ],
    [
      "weights of other classes",
      () => nn.crossEntropy(f32(4, 3), i32(4), { weight: f32(4) }),
      "crossEntropy: weight needs one value per class, [3], got [4]",
    ],
    [
      "a weight of positives that does not fit",
      () => nn.binaryCrossEntropyWithLogits(f32(4, 3), f32(4, 3), { posWeight: f32(4) }),
      "binaryCrossEntropyWithLogits: posWeight [4] does not stretch to logits [4,3]; pass one weight per class",
    ],
    [
      "a learning rate by PyTorch's name",
      () => nn.adam(untyped({ lr: 1e-3 })),
      'adam: there is no option "lr"; it is called learningRate here',
    ],
    [
      "a learning rate alone",
      () => nn.adam(untyped(0.01)),
      "adam: expected options { learningRate, beta1, beta2, epsilon }, got 0.01; write adam({ learningRate: 0.01 })",
    ],
    [
      "both decays of PyTorch's Adam",
      () => nn.adamw(untyped({ betas: [0.9, 0.99] })),
      'adamw: there is no option "betas"; it is called beta1 and beta2 here',
    ],
    [
      "a learning rate from a text",
      () => nn.sgd(untyped({ learningRate: "1e-3" })),
      'sgd: learningRate must be a finite number of at least 0 or a schedule, got "1e-3"',
    ],
    [
      "an optimiser before the transformations of its gradients",
      () => {
        const chain = nn.chain(untyped(nn.adam()), untyped(nn.clipByValue(1)));
        return chain.update(params, untyped(chain.init(params)), params);
      },
      "chain: rule 0 of 2 is an optimiser; chain takes transformations of gradients and then one optimiser, as in chain(clipByGlobalNorm(1), adam())",
    ],
    [
      "a chain without an optimiser",
      () => {
        const chain = nn.chain(untyped(nn.clipByValue(1)));
        return chain.update(params, untyped(chain.init(params)), params);
      },
      "chain: rule 0 of 1 is no optimiser; chain takes transformations of gradients and then one optimiser, as in chain(clipByGlobalNorm(1), adam())",
    ],
    [
      "integers among the parameters",
      () => nn.adam().init({ ...params, index: i32(1) }),
      'adam: the parameter "index" is i32 [1], and only floats are trained; keep integers and bools out of params: in stats, or closed over',
    ],
    [
      "the norm of nothing",
      () => nn.globalNorm({}),
      "globalNorm: expected a tree of at least one tensor, got none",
    ],
    [
      "a schedule of no length",
      () => nn.schedules.cosine({ from: 1, steps: 0 }),
      "cosine: steps must be a finite number above 0, got 0",
    ],
    [
      "a warm-up to nowhere",
      () => nn.schedules.warmup({ to: 1, steps: 10 }, untyped(undefined)),
      "warmup: what comes after it must be a schedule, the second argument, got undefined",
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

  it("a compiled function called inside a compiled one, or inside grad", async () => {
    const twice = compile(function twice(x: Tensor) {
      return T.mul(x, 2);
    });
    // From untyped code: a promise is no tensor.
    const inner = (x: Tensor): Tensor => T.sum(twice(T.add(x, 1)) as unknown as Tensor);
    const outer = compile(function outer(x: Tensor) {
      return inner(x);
    });
    const advice = "compiled functions are async, call the plain function inside and compile the outermost";
    expect(await rejectionOf(() => outer(tensor([1])))).toBe(
      `compile(twice): called inside compile(outer); ${advice}`,
    );
    expect(
      await rejectionOf(() =>
        compile(function constant() {
          return inner(T.ones([2]));
        })(),
      ),
    ).toBe(`compile(twice): called inside compile(constant); ${advice}`);
    expect(messageOf(() => grad(inner)(tensor([1])))).toContain("got a Promise");
    expect(messageOf(() => inner(f32(1)))).toBe(
      `compile(twice): called inside a function that is being traced; ${advice}`,
    );
    expect([...(await (await twice(tensor([1]))).data())]).toEqual([2]);
  });

  it("a function that returns no tensors", async () => {
    const returning = (value: unknown): (() => Promise<unknown>) =>
      compile(function step() {
        return value as Tensor;
      });
    const nothing =
      "compile(step): the function returned nothing; return what it computes, a tensor or a tree of tensors";
    expect(await rejectionOf(returning(undefined))).toBe(nothing);
    expect(await rejectionOf(returning(null))).toBe(nothing);
    expect(await rejectionOf(returning(3))).toBe(
      "compile(step): the function returned a number (3), expected a tensor or a tree of tensors; compute it with operations, or leave it out",
    );
    expect(await rejectionOf(returning(Promise.reject(new Error("unheard"))))).toBe(
      "compile(step): the function is async, but nothing runs while it is traced; make it synchronous",
    );
    expect(
      await rejectionOf(() =>
        T.explain(function step() {
          return 3 as unknown as Tensor;
        })(),
      ),
    ).toBe(
      "explain: the function returned a number (3), expected a tensor or a tree of tensors; compute it with operations, or leave it out",
    );
  });

  it("options and functions that are none", () => {
    // From untyped code.
    const donating = (donate: unknown): string =>
      messageOf(() => compile(step, { donate: donate as number[] }));
    const advice =
      "compile(step): donate lists positions of arguments, as in { donate: [0] } for the first, got";
    expect(donating(0)).toBe(`${advice} 0`);
    expect(donating(true)).toBe(`${advice} true`);
    expect(donating(["state"])).toBe(`${advice} ["state"]`);
    expect(donating([-1])).toBe(`${advice} [-1]`);
    expect(messageOf(() => compile(T.add(f32(1), 1) as unknown as typeof step))).toBe(
      "compile: expected a function, got Tensor(f32 [1]); pass the function itself, not what it returns",
    );
  });

  it("trees that are none, to evaluate, dispose and explain", async () => {
    const tree = { loss: 3 } as unknown as Tensor;
    const complaint = "expected tensors in arrays and plain records, got number at";
    expect(await rejectionOf(() => evaluate(tree))).toBe(
      `evaluate: ${complaint} loss; wrap numbers with tensor()`,
    );
    expect(messageOf(() => T.dispose(tree))).toBe(`dispose: ${complaint} loss; wrap numbers with tensor()`);
    expect(await rejectionOf(() => T.explain(step)(tree))).toBe(
      `explain: ${complaint} argument 0.loss; wrap numbers with tensor()`,
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

  it("a device that was asked for, and arguments on another", async () => {
    const message = (op: string): string =>
      `${op}: asked to run on ${there}, but the inputs live on ${here}; read their data and make tensors of it on the other, or ` +
      "leave the option device out";
    expect(await rejectionOf(() => compile((x: Tensor) => T.add(x, 1), { device: there })(a))).toBe(
      message("compile(anonymous)"),
    );
    expect(await rejectionOf(() => evaluate(T.add(a, 1), { device: there }))).toBe(message("evaluate"));
    expect(await rejectionOf(() => evaluate(a, { device: there }))).toBe(message("evaluate"));
    expect(String(here)).not.toBe(String(there));
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
