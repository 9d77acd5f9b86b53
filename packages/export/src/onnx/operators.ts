import { InputError } from "@clidim/imaging";
import type { PrimitiveName, PrimitiveParams } from "@clidim/tensor";
import type { GraphNode } from "@clidim/tensor/graph";
import { binaryOperators, type ElementwiseOperator, unaryOperators } from "./elementwise.js";
import type { Emitter } from "./emitter.js";
import { type Extent, isKnown, known, sameExtent } from "./extent.js";
import { onnxTypes } from "./onnxModel.js";
import { OpenSizeError } from "./openSizeError.js";
import { channelsFirst, type OnnxValue, onnxType, rowMajor, sameOrder, stretched } from "./value.js";

/** Writes a node; or why it has no place in ONNX. */
export type Operator = ((emitter: Emitter, id: number) => OnnxValue) | string;

/** Parameters of a node in the first sample. The name selects the type, which the compiler cannot see from an index. */
const paramsOf = <P extends PrimitiveName>(emitter: Emitter, id: number, _op: P): PrimitiveParams[P] =>
  emitter.graph.first.nodes[id]!.params as PrimitiveParams[P];

/** A number of a node's parameters, as it follows the sizes of the inputs. */
const numberOf = <P extends PrimitiveName>(
  emitter: Emitter,
  id: number,
  _op: P,
  what: string,
  read: (params: PrimitiveParams[P]) => number,
): Extent => emitter.graph.extent(id, what, ({ params }: GraphNode) => read(params as PrimitiveParams[P]));

const same: Operator = (emitter, id) => emitter.operands(id)[0]!;

/** The order in which operands are taken together: that of the first which would have to be transposed while the model runs. */
function commonOrder(values: readonly OnnxValue[], rank: number): readonly number[] {
  const running = values.find(({ scalar, data }) => !scalar && !data);
  return running?.order ?? rowMajor(rank);
}

function elementwise(operator: ElementwiseOperator): Operator {
  if (typeof operator === "string") return operator;
  return (emitter, id) => {
    const values = emitter.operands(id);
    const order = commonOrder(values, emitter.graph.first.nodes[id]!.shape.length);
    const names = values.map((value) => emitter.inOrder(value, order));
    const name = refusing(emitter, id, () => operator(emitter.builder, names, values[0]!.dtype));
    const result = emitter.result(id, name, order, [...stretched(values)]);
    return values.every(({ scalar }) => scalar) ? { ...result, scalar: true } : result;
  };
}

/** Says which node it is that was refused. */
function refusing<T>(emitter: Emitter, id: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    const { op, dtype } = emitter.graph.first.nodes[id]!;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`exportOnnx: ${op} of ${dtype} (node ${id}) cannot be exported: ${reason}`, {
      cause,
    });
  }
}

/** Reductions over some axes, which stay with extent 1. */
const reduction =
  (op: "ReduceSum" | "ReduceMax" | "ReduceProd", primitive: "sum" | "max" | "prod"): Operator =>
  (emitter, id) => {
    const value = emitter.whole(id, 0);
    const axes = paramsOf(emitter, id, primitive).axes.map((axis) => value.order.indexOf(axis));
    // Of opset 17, where the one takes axes as a value already and the others not yet.
    const name =
      op === "ReduceSum"
        ? emitter.builder.node(op, [value.name, emitter.builder.vector(axes.map(known))])
        : emitter.builder.node(op, [value.name], { axes: { ints: axes } });
    return emitter.result(id, name, value.order);
  };

/** Cut, in some axes: ONNX takes first and last of each, and goes backwards with a step of -1. */
function cut(
  emitter: Emitter,
  id: number,
  value: OnnxValue,
  axes: readonly { axis: number; start: Extent; stop: Extent; step: number }[],
): OnnxValue {
  if (axes.length === 0) return value;
  const { builder } = emitter;
  const name = builder.node("Slice", [
    value.name,
    builder.vector(axes.map(({ start }) => start)),
    builder.vector(axes.map(({ stop }) => stop)),
    builder.vector(axes.map(({ axis }) => known(value.order.indexOf(axis)))),
    builder.vector(axes.map(({ step }) => known(step))),
  ]);
  return emitter.result(id, name, value.order);
}

const openSize =
  (what: string, does: string): Operator =>
  (_emitter, id) => {
    throw new OpenSizeError(`exportOnnx: ${what} (node ${id}) ${does}; export for one size`);
  };

const padModes = { zero: "constant", reflect: "reflect", edge: "edge" } as const;

/** What both convolutions are told. `[[top, bottom], [left, right]]` becomes top, left, bottom, right. */
function convolutionAttributes(
  { stride, padding, dilation, groups }: PrimitiveParams["conv2d"],
  [height, width]: readonly number[],
) {
  const [[top, bottom], [left, right]] = padding;
  return {
    kernel_shape: { ints: [height!, width!] },
    strides: { ints: stride },
    pads: { ints: [top, left, bottom, right] },
    dilations: { ints: dilation },
    group: { int: groups },
  };
}

/** [KH, KW, Cin / groups, Cout] as both of ONNX's convolutions have it: [Cout, Cin / groups, KH, KW]. */
const KERNEL_ORDER = [3, 2, 0, 1];

const structural: { readonly [P in Exclude<PrimitiveName, keyof typeof elementwiseTable>]: Operator } = {
  input: "it is no input of the model and has no value yet",
  constant: openSize("a constant", "stands for other data for other sizes of the inputs"),
  full: (emitter, id) => {
    const { value } = paramsOf(emitter, id, "full");
    const { dtype, shape } = emitter.graph.first.nodes[id]!;
    if (!emitter.graph.follows(id, ({ params }) => (params as PrimitiveParams["full"]).value)) {
      throw new OpenSizeError(
        `exportOnnx: a constant (node ${id}) is another number for other sizes of the inputs, such as 1 over the number of pixels; export for one size`,
      );
    }
    const name = emitter.builder.constant(onnxType(dtype, id), [], [value]);
    return {
      name,
      dtype,
      extents: shape.map(() => known(1)),
      order: rowMajor(shape.length),
      scalar: true,
    };
  },
  iota: openSize("iota", "counts positions of inputs whose size is not known before the model runs"),
  randomBits: openSize("randomBits", "draws numbers that belong to one size, which ONNX cannot draw anew"),
  select: elementwise((builder, operands) => builder.node("Where", operands)),
  cast: (emitter, id) => {
    const [value] = emitter.operands(id);
    const { dtype } = paramsOf(emitter, id, "cast");
    const name = emitter.builder.node("Cast", [value!.name], {
      to: { int: onnxTypes[onnxType(dtype, id)] },
    });
    const { extents, order, scalar } = value!;
    return { name, dtype, extents, order, ...(scalar && { scalar }) };
  },
  sum: reduction("ReduceSum", "sum"),
  max: reduction("ReduceMax", "max"),
  prod: reduction("ReduceProd", "prod"),
  reshape: (emitter, id) => {
    const value = emitter.whole(id, 0);
    const to = emitter.graph.shape(id);
    const from = value.extents;
    // Batch and channels stay what they are: the axes between them are reshaped as ONNX has them, after the channels.
    const inPlace =
      from.length >= 3 &&
      to.length >= 3 &&
      sameOrder(value.order, channelsFirst(from.length)) &&
      sameExtent(from[0]!, to[0]!) &&
      sameExtent(from.at(-1)!, to.at(-1)!);
    const order = inPlace ? channelsFirst(to.length) : rowMajor(to.length);
    const data = inPlace ? value.name : emitter.inOrder(value, rowMajor(from.length));
    const shape = emitter.builder.vector(order.map((axis) => to[axis]!));
    // An extent of 0 is that of the operand unless it is said to be 0.
    const empty = to.some((extent) => isKnown(extent) && extent.plus === 0);
    const attributes = empty ? { allowzero: { int: 1 } } : {};
    return emitter.result(id, emitter.builder.node("Reshape", [data, shape], attributes), order);
  },
  // Stretched where it is used.
  broadcast: same,
  transpose: (emitter, id) => {
    const [{ name, dtype, extents, order, scalar }] = emitter.operands(id) as [OnnxValue];
    const { permutation } = paramsOf(emitter, id, "transpose");
    return {
      name,
      dtype,
      extents: permutation.map((axis) => extents[axis]!),
      order: order.map((axis) => permutation.indexOf(axis)),
      ...(scalar && { scalar }),
    };
  },
  slice: (emitter, id) => {
    const value = emitter.whole(id, 0);
    const { step } = paramsOf(emitter, id, "slice");
    const axes = step.map((each, axis) => ({
      axis,
      step: each,
      start: numberOf(emitter, id, "slice", `start ${axis}`, ({ start }) => start[axis]!),
      stop: numberOf(emitter, id, "slice", `stop ${axis}`, ({ stop }) => stop[axis]!),
    }));
    const partial = axes.filter(
      ({ axis, start, stop, step: each }) =>
        each !== 1 || !sameExtent(start, known(0)) || !sameExtent(stop, value.extents[axis]!),
    );
    return cut(emitter, id, value, partial);
  },
  pad: (emitter, id) => {
    const { interior, mode } = paramsOf(emitter, id, "pad");
    if (interior.some((zeros) => zeros !== 0)) {
      throw new InputError(`exportOnnx: pad (node ${id}) puts zeros between neighbours, which ONNX does not`);
    }
    const value = emitter.whole(id, 0);
    const side = (name: "low" | "high"): Extent[] =>
      value.order.map((axis) =>
        numberOf(emitter, id, "pad", `${name} ${axis}`, (params) => params[name][axis]!),
      );
    const pads = emitter.builder.vector([...side("low"), ...side("high")]);
    const name = emitter.builder.node("Pad", [value.name, pads], { mode: { string: padModes[mode] } });
    return emitter.result(id, name, value.order);
  },
  flip: (emitter, id) => {
    const { axes } = paramsOf(emitter, id, "flip");
    // From the last, to before the first of any extent.
    const backwards = { start: known(-1), stop: known(-(2 ** 31)), step: -1 };
    return cut(
      emitter,
      id,
      emitter.whole(id, 0),
      axes.map((axis) => ({ axis, ...backwards })),
    );
  },
  concat: (emitter, id) => {
    const { axis } = paramsOf(emitter, id, "concat");
    const { inputs, shape } = emitter.graph.first.nodes[id]!;
    const values = inputs.map((_, operand) => emitter.whole(id, operand));
    const order = commonOrder(values, shape.length);
    const names = values.map((value) => emitter.inOrder(value, order));
    const name = emitter.builder.node("Concat", names, { axis: { int: order.indexOf(axis) } });
    return emitter.result(id, name, order);
  },
  gather: (emitter, id) => {
    const { axis } = paramsOf(emitter, id, "gather");
    const x = emitter.whole(id, 0);
    const indices = emitter.whole(id, 1);
    const size = x.extents[axis]!;
    if (!isKnown(size)) {
      throw new OpenSizeError(
        `exportOnnx: gather (node ${id}) clamps its indices to an extent that is not known before the model runs; export for one size`,
      );
    }
    const { builder } = emitter;
    const name = emitter.inOrder(indices, rowMajor(indices.extents.length));
    const whole = builder.node("Cast", [name], { to: { int: onnxTypes.i64 } });
    const low = builder.node("Max", [whole, builder.constant("i64", [], [0])]);
    const clamped = builder.node("Min", [low, builder.constant("i64", [], [size.plus - 1])]);
    const from = emitter.inOrder(x, rowMajor(x.extents.length));
    const result = builder.node("Gather", [from, clamped], { axis: { int: axis } });
    return emitter.result(id, result, rowMajor(emitter.graph.first.nodes[id]!.shape.length));
  },
  argsort: "runtimes have an order of their own for NaN and for equal elements",
  arrange: "it puts elements in the order of argsort, for which runtimes have one of their own",
  fft: (emitter, id) => {
    const { axis, inverse } = paramsOf(emitter, id, "fft");
    const { builder } = emitter;
    const value = emitter.whole(id, 0);
    const order = rowMajor(value.extents.length);
    const data = emitter.inOrder(value, order);
    // The first axis of DFT counts signals, whatever it is called.
    const front = builder.constant("i64", [1], [0]);
    const signals = axis === 0 ? builder.node("Unsqueeze", [data, front]) : data;
    const attributes = { axis: { int: Math.max(axis, 1) }, inverse: { int: inverse ? 1 : 0 } };
    const transformed = builder.node("DFT", [signals], attributes);
    const name = axis === 0 ? builder.node("Squeeze", [transformed, front]) : transformed;
    if (!inverse) return emitter.result(id, name, order);
    // The inverse of ONNX divides by the number of elements, the primitive's does not.
    const size = value.extents[axis]!;
    if (!isKnown(size)) {
      throw new OpenSizeError(
        `exportOnnx: the inverse fft (node ${id}) has an extent that is not known before the model runs; export for one size`,
      );
    }
    const count = builder.constant("f32", [], [size.plus]);
    return emitter.result(id, builder.node("Mul", [name, count]), order);
  },
  scatterAdd: "it is part of a gradient, and runtimes add in no order that is promised",
  matmul: (emitter, id) => {
    const rank = emitter.graph.first.nodes[id]!.shape.length;
    const names = [0, 1].map((operand) => emitter.inOrder(emitter.whole(id, operand), rowMajor(rank)));
    return emitter.result(id, emitter.builder.node("MatMul", names), rowMajor(rank));
  },
  conv2d: (emitter, id) => {
    const [x, weight] = [emitter.whole(id, 0), emitter.whole(id, 1)];
    const kernel = weight.extents.map(({ plus }) => plus);
    const order = channelsFirst(4);
    const names = [emitter.inOrder(x, order), emitter.inOrder(weight, KERNEL_ORDER)];
    const attributes = convolutionAttributes(paramsOf(emitter, id, "conv2d"), kernel);
    return emitter.result(id, emitter.builder.node("Conv", names, attributes), order);
  },
  convTranspose2d: (emitter, id) => {
    const params = paramsOf(emitter, id, "convTranspose2d");
    const [y, weight] = [emitter.whole(id, 0), emitter.whole(id, 1)];
    const kernel = weight.extents.map(({ plus }) => plus);
    const order = channelsFirst(4);
    // Of the sizes that conv2d with a stride makes the same, the smallest comes out unless ONNX is told how much more.
    const more = ([0, 1] as const).map((axis) => {
      const extra = emitter.graph.extent(id, "the output's size", ({ shape, inputs }, { nodes }) => {
        const reach = params.dilation[axis] * (kernel[axis]! - 1) + 1;
        const [low, high] = params.padding[axis];
        return (
          shape[axis + 1]! -
          ((nodes[inputs[0]!]!.shape[axis + 1]! - 1) * params.stride[axis] + reach - low - high)
        );
      });
      if (isKnown(extra)) return extra.plus;
      throw new OpenSizeError(
        `exportOnnx: the output's size of convTranspose2d (node ${id}) does not go by that of its input alone; export for one size`,
      );
    });
    const names = [emitter.inOrder(y, order), emitter.inOrder(weight, KERNEL_ORDER)];
    const name = emitter.builder.node("ConvTranspose", names, {
      ...convolutionAttributes(params, kernel),
      output_padding: { ints: more },
    });
    return emitter.result(id, name, order);
  },
  conv2dWeightGradient: "it is part of a gradient",
  identity: same,
  stopGradient: same,
  barrier: same,
  customVjp: same,
  scan: "a loop over a graph of its own is not written out; use the function without scan, with as many turns as it takes",
  cond: "a choice between graphs is not written out; use where, or the function with the branch that is wanted",
  whileLoop:
    "a loop over a graph of its own is not written out; use the function without whileLoop, with as many turns as it takes",
  kernel: "it is a kernel of WGSL, by customKernel or of linear algebra, and no operator does the same",
  result: "it is the result of a program",
};

const elementwiseTable = { ...unaryOperators, ...binaryOperators };

/** How each primitive is written. */
export const operators: { readonly [P in PrimitiveName]: Operator } = {
  ...(Object.fromEntries(
    Object.entries(elementwiseTable).map(([name, operator]) => [name, elementwise(operator)]),
  ) as Record<keyof typeof elementwiseTable, Operator>),
  ...structural,
};
