import type { DType, Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import { type Call, isFloat, type Operator } from "../call.js";
import { commonOrder, stretchedTo, type Value } from "../value.js";

/** Of one operand, in whatever order its axes are. */
const unary =
  (f: (x: Tensor, call: Call) => Tensor): Operator =>
  (call) => {
    const { tensor, order } = call.value(0);
    return { tensor: f(tensor, call), order };
  };

/** Of operands that are stretched to each other, in the order of one of them. */
const together =
  (f: (operands: readonly Tensor[], call: Call) => Tensor): Operator =>
  (call) => {
    const values = call.values();
    const order = commonOrder(values);
    return {
      tensor: f(
        values.map((value) => stretchedTo(value, order)),
        call,
      ),
      order,
    };
  };

const binary = (f: (a: Tensor, b: Tensor, call: Call) => Tensor): Operator =>
  together(([a, b], call) => (a && b ? f(a, b, call) : call.refuse("expected two inputs")));

const folded = (f: (a: Tensor, b: Tensor) => Tensor): Operator => together((operands) => operands.reduce(f));

/** Integers are divided towards 0. */
function quotient(a: Tensor, b: Tensor): Tensor {
  if (isFloat(a)) return t.div(a, b);
  const size = t.floorDivide(t.abs(a), t.abs(b));
  return t.mul(size, t.mul(t.sign(a), t.sign(b)));
}

/** In the type of the base: of integers whole powers are exact, and others rounded towards 0. */
function power(a: Tensor, b: Tensor): Tensor {
  const exponent = t.cast(b, a.dtype);
  const whole = t.pow(a, exponent);
  if (isFloat(a) || !isFloat(b)) return whole;
  return t.where(t.eq(t.cast(exponent, b.dtype), b), whole, t.cast(t.pow(t.cast(a, b.dtype), b), a.dtype));
}

/** Infinities of the signs that are asked for. */
const isInfinite = unary((x, call) => {
  const negative = call.int("detect_negative", 1) !== 0;
  const positive = call.int("detect_positive", 1) !== 0;
  if (negative && positive) return t.isinf(x);
  if (!negative && !positive) return t.zeros(x.shape, "bool");
  return t.and(t.isinf(x), positive ? t.gt(x, 0) : t.lt(x, 0));
});

/** The dtypes by the numbers of `TensorProto.DataType`: integers are held to 32 bits, floats of other sizes become f32. */
const castTypes: Readonly<Record<number, DType>> = {
  ...{ 1: "f32", 10: "f32", 11: "f32", 16: "f32" },
  ...{ 2: "i32", 3: "i32", 4: "i32", 5: "i32", 6: "i32", 7: "i32" },
  ...{ 9: "bool", 12: "u32", 13: "u32" },
};

/** How many values integers of 8 and 16 bits have, and the least of them. */
const narrowTypes: Readonly<Record<number, { readonly count: number; readonly least: number }>> = {
  2: { count: 2 ** 8, least: 0 },
  3: { count: 2 ** 8, least: -(2 ** 7) },
  4: { count: 2 ** 16, least: 0 },
  5: { count: 2 ** 16, least: -(2 ** 15) },
};

/** Integers of fewer bits than the tensor has are the lowest bits: least + (x - least) modulo their count. */
const castTo: Operator = unary((x, call) => {
  const to = call.int("to", 0);
  const y = t.cast(x, castTypes[to] ?? call.refuse(`to is ${to}, which is no type that is known`));
  const narrow = narrowTypes[to];
  return narrow ? t.add(t.mod(t.sub(y, narrow.least), narrow.count), narrow.least) : y;
});

/** Bounds are attributes up to opset 6 and inputs, which may be left out, since. */
const clip: Operator = (call) => {
  const { tensor, order } = call.value(0);
  const bound = (name: string, index: number): Tensor | number | undefined =>
    call.optionalFloat(name) ?? call.optionalPlain(index);
  const [low, high] = [bound("min", 1), bound("max", 2)];
  const above = low === undefined ? tensor : t.maximum(tensor, low);
  return { tensor: high === undefined ? above : t.minimum(above, high), order };
};

/** One slope for each channel, or for all. */
const prelu = binary((x, slope) => t.where(t.ge(x, 0), x, t.mul(x, slope)));

const where: Operator = together(([condition, a, b], call) =>
  condition && a && b ? t.where(condition, a, b) : call.refuse("expected three inputs"),
);

/** The mask that newer operator sets may give beside it is for training alone. */
const dropout: Operator = (call) => {
  if (call.node.outputs.length > 1 && call.node.outputs[1] !== "") {
    call.refuse("asks for its mask, which belongs to training; export the model for inference");
  }
  return call.value(0);
};

const mean: Operator = together((operands) =>
  t.div(
    operands.reduce((a, b) => t.add(a, b)),
    operands.length,
  ),
);

const castLike: Operator = (call) => {
  const { tensor, order } = call.value(0);
  return { tensor: t.cast(tensor, call.value(1).tensor.dtype), order };
};

const identity: Operator = (call): Value => call.value(0);

export const elementwise: Readonly<Record<string, Operator>> = {
  Abs: unary(t.abs),
  Acos: unary(t.acos),
  Acosh: unary(t.acosh),
  Add: binary(t.add),
  And: binary(t.and),
  Asin: unary(t.asin),
  Asinh: unary(t.asinh),
  Atan: unary(t.atan),
  Atanh: unary(t.atanh),
  Cast: castTo,
  CastLike: castLike,
  Ceil: unary(t.ceil),
  Celu: unary((x, call) => {
    const alpha = call.float("alpha", 1);
    return t.mul(t.elu(t.mul(x, 1 / alpha)), alpha);
  }),
  Clip: clip,
  Cos: unary(t.cos),
  Cosh: unary(t.cosh),
  Div: binary(quotient),
  Dropout: dropout,
  Elu: unary((x, call) => t.elu(x, call.float("alpha", 1))),
  Equal: binary(t.eq),
  Erf: unary(t.erf),
  Exp: unary(t.exp),
  Floor: unary(t.floor),
  Gelu: unary((x, call) => t.gelu(x, { approximate: call.choice("approximate", "none", ["none", "tanh"]) })),
  Greater: binary(t.gt),
  GreaterOrEqual: binary(t.ge),
  HardSigmoid: unary((x, call) =>
    t.clip(t.add(t.mul(x, call.float("alpha", 0.2)), call.float("beta", 0.5)), 0, 1),
  ),
  HardSwish: unary(t.hardSwish),
  Identity: identity,
  IsInf: isInfinite,
  IsNaN: unary(t.isnan),
  LeakyRelu: unary((x, call) => t.leakyRelu(x, call.float("alpha", 0.01))),
  Less: binary(t.lt),
  LessOrEqual: binary(t.le),
  Log: unary(t.log),
  Max: folded(t.maximum),
  Mean: mean,
  Min: folded(t.minimum),
  Mish: unary(t.mish),
  Mod: binary((a, b, call) => (call.int("fmod", 0) === 1 ? t.rem(a, b) : t.mod(a, b))),
  Mul: binary(t.mul),
  Neg: unary(t.neg),
  Not: unary(t.not),
  Or: binary(t.or),
  PRelu: prelu,
  Pow: binary(power),
  Reciprocal: unary(t.reciprocal),
  Relu: unary((x) => (isFloat(x) ? t.relu(x) : t.maximum(x, 0))),
  Round: unary((x) => t.round(x)),
  Selu: unary((x, call) => {
    const alpha = call.float("alpha", 1.6732632423543772);
    return t.mul(t.elu(x, alpha), call.float("gamma", 1.0507009873554805));
  }),
  Sigmoid: unary(t.sigmoid),
  Sign: unary(t.sign),
  Sin: unary(t.sin),
  Sinh: unary(t.sinh),
  Softplus: unary((x) => t.softplus(x)),
  Softsign: unary((x) => t.div(x, t.add(t.abs(x), 1))),
  Sqrt: unary(t.sqrt),
  Sub: binary(t.sub),
  Sum: folded(t.add),
  Tan: unary(t.tan),
  Tanh: unary(t.tanh),
  ThresholdedRelu: unary((x, call) => t.where(t.gt(x, call.float("alpha", 1)), x, 0)),
  Where: where,
  Xor: binary(t.xor),
};
