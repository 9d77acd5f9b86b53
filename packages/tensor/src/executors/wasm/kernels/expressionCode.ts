import { type DType, isFloat } from "../../../dtype.js";
import { binaryRows, isBinary, isUnary, unaryRows } from "../../../primitives/elementwise.js";
import { contentsOf, type Expression } from "../../fusion/expression.js";
import { formKey, type LinearForm, scaleForm } from "../../fusion/linearForm.js";
import type { Code } from "../module/code.js";
import type { ValueType } from "../module/functionBuilder.js";
import {
  end,
  f32,
  f32x4,
  get,
  i32,
  i32x4,
  ifThen,
  otherwise,
  select,
  set,
  v128,
} from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { conditionCode, integerCode, vectorIntegerCode } from "./integers.js";
import type { Local, LoopNest } from "./loopNest.js";
import { roundHalf } from "./roundHalf.js";
import { fromReference, scalarCast, scalarOperation, toReference } from "./scalarOperations.js";
import { threefry } from "./threefry.js";
import type { Variation } from "./variation.js";
import { vectorFunction } from "./vectorFunctions.js";
import { gatherFour, loadFour } from "./vectorLoads.js";
import { vectorCast, vectorOperation } from "./vectorOperations.js";

/** What a value of a dtype is in a local. */
const typeOf = (dtype: DType, vector: boolean): ValueType =>
  vector ? "v128" : isFloat(dtype) ? "f32" : "i32";

/** Functions of one or two numbers that the host computes in float64. */
const hostSignatures = {
  1: { parameters: ["f64"], results: ["f64"] },
  2: { parameters: ["f64", "f64"], results: ["f64"] },
} as const;

/**
 * Writes expressions into the loops of a kernel. With `vectors`, those that change along its axis are computed for four neighbouring elements at once; without, all are computed one by one.
 */
export class ExpressionCode {
  readonly #module: ModuleBuilder;
  readonly #nest: LoopNest;
  /** The local with the address of a stored value. */
  readonly #addressOf: (node: number) => number;
  /** Along the axis of which four elements are computed at once. */
  readonly #vectors: Variation | undefined;
  /** Per expression: the level of the innermost loop that it changes in. */
  readonly #levels: Map<Expression, number> = new Map();

  constructor(
    module: ModuleBuilder,
    nest: LoopNest,
    addressOf: (node: number) => number,
    vectors?: Variation,
  ) {
    this.#module = module;
    this.#nest = nest;
    this.#addressOf = addressOf;
    this.#vectors = vectors;
    nest.lanes = Math.max(nest.lanes, vectors ? 4 : 1);
  }

  /** The value of an expression, as four elements where the kernel computes four. */
  root(expression: Expression): number {
    return this.#vectors === undefined ? this.#value(expression).index : this.#vectorOf(expression);
  }

  /** Where what this turn of the innermost loop computes goes. */
  get here(): Code {
    return this.#nest.scope(this.#nest.innermost).code;
  }

  /** Stores a root of this dtype as an element of a node's value. */
  store(node: number, dtype: DType, element: LinearForm, root: number, into: Code = this.here): void {
    const [base, offset] = this.#place(this.#addressOf(node), element);
    const vector = this.#vectors !== undefined;
    into.add(get(base), get(root));
    if (dtype === "f16") this.#round(vector, into);
    if (vector && dtype === "bool") into.add(i32x4.const([1, 1, 1, 1]), v128.and);
    into.add(vector ? v128.store(offset) : isFloat(dtype) ? f32.store(offset) : i32.store(offset));
  }

  #levelOf(expression: Expression): number {
    let level = this.#levels.get(expression);
    if (level === undefined) {
      const { forms, operands } = contentsOf(expression);
      const inner = [
        ...operands.map((operand) => this.#levelOf(operand)),
        ...forms.map((form) => this.#levelOfForm(form)),
      ];
      level = Math.max(0, ...inner);
      this.#levels.set(expression, level);
    }
    return level;
  }

  #levelOfForm({ coefficients, terms }: LinearForm): number {
    return Math.max(
      0,
      ...coefficients.map((coefficient, axis) => (coefficient === 0 ? 0 : this.#nest.levelOf(axis))),
      ...terms.map(({ expression }) => this.#levelOf(expression)),
    );
  }

  #value(expression: Expression): Local {
    const level = this.#levelOf(expression);
    const key = `#${expression.id}`;
    const known = this.#nest.known(key, level);
    if (known) return known;
    const vector = this.#vectors?.of(expression) ?? false;
    const local = { index: this.#compute(expression, vector, level), vector };
    this.#nest.scope(level).values.set(key, local);
    return local;
  }

  /** The value of an expression as four elements, in the outermost loop that it can be. */
  #vectorOf(expression: Expression): number {
    const { index, vector } = this.#value(expression);
    if (vector) return index;
    const key = `splat ${index}`;
    const level = this.#levelOf(expression);
    const known = this.#nest.known(key, level);
    if (known) return known.index;
    const scope = this.#nest.scope(level);
    const splat = this.#nest.f.local("v128");
    if (isFloat(expression.dtype)) scope.code.add(get(index), f32x4.splat);
    else if (expression.dtype === "bool") scope.code.add(i32.const(0), get(index), i32.sub, i32x4.splat);
    else scope.code.add(get(index), i32x4.splat);
    scope.code.add(set(splat));
    scope.values.set(key, { index: splat, vector: true });
    return splat;
  }

  /** Rounds the float on the stack to a half. */
  #round(vector: boolean, into: Code): void {
    if (!vector) into.add(f32x4.splat);
    into.call(roundHalf(this.#module));
    if (!vector) into.add(f32x4.extract_lane(0));
  }

  /** An i32 with the value of a form. */
  #form(form: LinearForm): number {
    const { coefficients, constant, terms } = form;
    const axes = this.#nest.sum(coefficients, constant);
    if (terms.length === 0) return axes;
    return this.#withTerms(axes, form, 1);
  }

  /** Adds the terms of a form, each times `unit`, to an i32. */
  #withTerms(axes: number, form: LinearForm, unit: number): number {
    const level = this.#levelOfForm(form);
    const key = `form ${axes} ${unit} ${formKey(form)}`;
    const known = this.#nest.known(key, level);
    if (known) return known.index;
    const values = form.terms.map(({ expression, scale }) => ({
      index: this.#value(expression).index,
      scale: scale * unit,
    }));
    const scope = this.#nest.scope(level);
    const total = this.#nest.f.local("i32");
    scope.code.add(get(axes));
    for (const { index, scale } of values) scope.code.add(get(index), i32.const(scale), i32.mul, i32.add);
    scope.code.add(set(total));
    scope.values.set(key, { index: total, vector: false });
    return total;
  }

  /** Four i32: the values of a form at neighbouring elements times `unit`, from a base on. */
  #lanes(form: LinearForm, unit: number, base?: number): number {
    const nest = this.#nest;
    const level = this.#levelOfForm(form);
    const key = `lanes ${base} ${unit} ${formKey(form)}`;
    const known = nest.known(key, level);
    if (known) return known.index;
    const bytes = form.coefficients.map((coefficient) => unit * coefficient);
    const axes = nest.sum(bytes, unit * form.constant, base);
    const terms = form.terms.map(({ expression, scale }) => {
      const factor = unit * scale;
      const times = factor === 1 ? [] : [...i32x4.const([factor, factor, factor, factor]), ...i32x4.mul];
      return [...get(this.#vectorOf(expression)), ...times, ...i32x4.add];
    });
    const step = bytes[this.#vectors!.axis]!;
    const lanes = nest.f.local("v128");
    const { code, values } = nest.scope(level);
    code.add(get(axes), i32x4.splat, i32x4.const([0, step, 2 * step, 3 * step]), i32x4.add);
    code.add(...terms, set(lanes));
    values.set(key, { index: lanes, vector: true });
    return lanes;
  }

  /** What pushes four neighbouring elements of what begins at `base`; `result` is a local for them. */
  #loadFour(base: number, address: LinearForm, result: number): readonly number[] {
    const { axis } = this.#vectors!;
    if (this.#vectors!.ofTerms(address.terms)) return gatherFour(this.#lanes(address, 4, base));
    const step = address.coefficients[axis]!;
    const [place, offset] = this.#place(base, step < 0 ? scaleForm(address, 1, 3 * step) : address);
    return loadFour(place, offset, step, result);
  }

  /** The address of an element of what begins at `base`: a local, and what is added to it. */
  #place(base: number, form: LinearForm): readonly [local: number, offset: number] {
    const bytes = form.coefficients.map((coefficient) => 4 * coefficient);
    // An offset is added without wrapping, so the rest has to be an address by itself.
    const isAbove =
      form.constant >= 0 && form.terms.length === 0 && bytes.every((coefficient) => coefficient >= 0);
    const offset = isAbove ? 4 * form.constant : 0;
    const axes = this.#nest.sum(bytes, 4 * form.constant - offset, base);
    return [form.terms.length === 0 ? axes : this.#withTerms(axes, form, 4), offset];
  }

  #compute(expression: Expression, vector: boolean, level: number): number {
    const nest = this.#nest;
    const { f } = nest;
    const { dtype } = expression;
    switch (expression.kind) {
      case "load": {
        const base = this.#addressOf(expression.node);
        const result = f.local(typeOf(dtype, vector));
        if (vector) {
          const four = this.#loadFour(base, expression.address, result);
          const mask = dtype === "bool" ? [...i32x4.const([0, 0, 0, 0]), ...i32x4.ne] : [];
          nest.scope(level).code.add(four, mask, set(result));
        } else {
          const [place, offset] = this.#place(base, expression.address);
          const load = isFloat(dtype) ? f32.load(offset) : i32.load(offset);
          nest.scope(level).code.add(get(place), load, set(result));
        }
        return result;
      }
      case "scalar": {
        const result = f.local(typeOf(dtype, false));
        nest
          .scope(level)
          .code.add(
            isFloat(dtype) ? f32.const(expression.value) : i32.const(Number(expression.value)),
            set(result),
          );
        return result;
      }
      case "index": {
        const index = vector ? this.#lanes(expression.form, 1) : this.#form(expression.form);
        const result = f.local(typeOf(dtype, vector));
        const { code } = nest.scope(level);
        code.add(get(index));
        if (isFloat(dtype)) code.add(vector ? f32x4.convert_i32x4_s : f32.convert_i32_s);
        code.add(set(result));
        return result;
      }
      case "operation":
        return this.#operation(expression, vector, level);
      case "random": {
        const words = [...expression.key, ...expression.counter, expression.position].map((word) =>
          vector ? this.#vectorOf(word) : this.#value(word).index,
        );
        const result = f.local(typeOf(dtype, vector));
        const { code } = nest.scope(level);
        for (const word of words) code.add(get(word));
        code.call(threefry(this.#module, vector)).add(set(result));
        return result;
      }
      case "guard": {
        const result = f.local(typeOf(dtype, vector));
        const conditions = expression.conditions.map(({ form }) => this.#form(form));
        const branch = (inner: Expression): Code =>
          nest.branch(() => {
            const index = vector ? this.#vectorOf(inner) : this.#value(inner).index;
            nest.scope(level).code.add(get(index), set(result));
          });
        const [inside, outside] = [branch(expression.inside), branch(expression.outside)];
        const { code } = nest.scope(level);
        code.add(
          ...expression.conditions.map((condition, k) => conditionCode(condition, conditions[k]!, k > 0)),
        );
        code.add(ifThen, inside, otherwise, outside, end);
        return result;
      }
      case "integer": {
        const { code, bounds } = expression;
        const result = f.local(typeOf(dtype, vector));
        if (vector && code !== "divide") {
          const four = vectorIntegerCode(code, this.#lanes(expression.operand, 1), bounds);
          nest.scope(level).code.add(four, set(result));
        } else {
          const one = integerCode(code, this.#form(expression.operand), bounds);
          nest.scope(level).code.add(one, set(result));
        }
        return result;
      }
      default:
        throw new Error(`${expression.kind}: not part of a kernel on WebAssembly`);
    }
  }

  #operation(
    expression: Expression & { readonly kind: "operation" },
    vector: boolean,
    level: number,
  ): number {
    const { node, operands, operandType, dtype } = expression;
    const { op } = node;
    const inputs = operands.map((operand) => (vector ? this.#vectorOf(operand) : this.#value(operand).index));
    const result = this.#nest.f.local(typeOf(dtype, vector));
    const { code } = this.#nest.scope(level);
    if (op === "select") {
      const [condition, a, b] = inputs as [number, number, number];
      code.add(get(a), get(b), get(condition), vector ? v128.bitselect : select, set(result));
      return result;
    }
    if (op === "cast") {
      code.add((vector ? vectorCast : scalarCast)(operandType, dtype)(inputs));
      if (dtype === "f16" && operandType !== "f16") this.#round(vector, code);
      code.add(set(result));
      return result;
    }
    const instructions = (vector ? vectorOperation : scalarOperation)(op, operandType);
    if (instructions) {
      code.add(instructions(inputs), set(result));
      return result;
    }
    const four = isFloat(operandType) && operands.length === 1 ? vectorFunction(this.#module, op) : undefined;
    if (four) {
      code.add(get(inputs[0]!), ...(vector ? [] : [f32x4.splat])).call(four);
      code.add(...(vector ? [] : [f32x4.extract_lane(0)]), set(result));
      return result;
    }
    if (!vector) {
      this.#byReference(op, operandType, dtype, inputs, code);
      code.add(set(result));
      return result;
    }
    // Lane by lane.
    const scalar = scalarOperation(op, operandType);
    const lane = inputs.map(() => this.#nest.f.local(typeOf(operandType, false)));
    for (let k = 0; k < 4; k++) {
      inputs.forEach((input, n) => {
        const lanes = isFloat(operandType) ? f32x4 : i32x4;
        code.add(get(input), lanes.extract_lane(k), set(lane[n]!));
      });
      code.add(get(result));
      if (scalar) code.add(scalar(lane));
      else this.#byReference(op, operandType, dtype, lane, code);
      code.add((isFloat(dtype) ? f32x4 : i32x4).replace_lane(k), set(result));
    }
    return result;
  }

  /** What an operation's reference makes of operands, left on the stack. */
  #byReference(op: string, operandType: DType, dtype: DType, operands: readonly number[], into: Code): void {
    const reference = isUnary(op)
      ? (x: number): number => unaryRows[op].reference(x, operandType)
      : isBinary(op)
        ? (a: number, b: number): number => binaryRows[op].reference(a, b, operandType)
        : undefined;
    if (!reference) throw new Error(`${op} is not an elementwise operation`);
    for (const operand of operands) into.add(get(operand), toReference(operandType));
    this.#nest.f.callsHost = true;
    into.call(
      this.#module.host(
        `${op} ${operandType}`,
        hostSignatures[isUnary(op) ? 1 : 2],
        reference as (...values: number[]) => number,
      ),
    );
    into.add(fromReference(dtype));
  }
}
