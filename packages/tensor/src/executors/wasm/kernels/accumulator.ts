import { type DType, isFloat } from "../../../dtype.js";
import type { ReductionName } from "../../fusion/reduction.js";
import type { Code } from "../module/code.js";
import type { FunctionBuilder, ValueType } from "../module/functionBuilder.js";
import { f32, f32x4, f64, f64x2, get, i32, i32x4, set } from "../module/instructions.js";
import { scalarOperation } from "./scalarOperations.js";
import { vectorOperation } from "./vectorOperations.js";

const operations = { sum: "add", prod: "mul", max: "maximum" } as const;

/** What changes nothing when it is folded in. */
function identityOf(op: ReductionName, dtype: DType): number {
  if (op !== "max") return op === "sum" ? 0 : 1;
  return isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtype === "u32" ? 0 : -(2 ** 31);
}

/**
 * What a reduction has folded so far, of one element or of four beside each other. Sums and products of floats are kept in f64, so that the number of terms costs no
 * digits.
 */
export class Accumulator {
  readonly #f: FunctionBuilder;
  readonly #op: ReductionName;
  readonly #dtype: DType;
  readonly #vector: boolean;
  /** Whether it is kept in f64. */
  readonly #wide: boolean;
  readonly #locals: readonly number[];

  constructor(f: FunctionBuilder, op: ReductionName, dtype: DType, vector: boolean) {
    this.#f = f;
    this.#op = op;
    this.#dtype = dtype;
    this.#vector = vector;
    this.#wide = op !== "max" && isFloat(dtype);
    const type: ValueType = vector ? "v128" : this.#wide ? "f64" : isFloat(dtype) ? "f32" : "i32";
    this.#locals = vector && this.#wide ? [f.local(type), f.local(type)] : [f.local(type)];
  }

  begin(code: Code): void {
    const value = identityOf(this.#op, this.#dtype);
    for (const local of this.#locals) {
      if (this.#wide) code.add(f64.const(value), ...(this.#vector ? [f64x2.splat] : []));
      else if (isFloat(this.#dtype)) code.add(f32.const(value), ...(this.#vector ? [f32x4.splat] : []));
      else code.add(i32.const(value), ...(this.#vector ? [i32x4.splat] : []));
      code.add(set(local));
    }
  }

  /** Folds in a value of the dtype, or four. */
  add(code: Code, value: number): void {
    const [first, second] = this.#locals as [number, number | undefined];
    if (!this.#wide) {
      const operation = (this.#vector ? vectorOperation : scalarOperation)(
        operations[this.#op],
        this.#dtype,
      )!;
      code.add(operation([first, value]), set(first));
      return;
    }
    const two = this.#op === "sum" ? f64x2.add : f64x2.mul;
    if (second === undefined) {
      code.add(get(first), get(value), f64.promote_f32, this.#op === "sum" ? f64.add : f64.mul, set(first));
      return;
    }
    code.add(get(first), get(value), f64x2.promote_low_f32x4, two, set(first));
    code.add(
      get(second),
      get(value),
      get(value),
      i32x4.shuffle([2, 3, 6, 7]),
      f64x2.promote_low_f32x4,
      two,
      set(second),
    );
  }

  /** A local with what has been folded, of the dtype. */
  value(code: Code): number {
    const [first, second] = this.#locals as [number, number | undefined];
    if (!this.#wide) return first;
    const result = this.#f.local(this.#vector ? "v128" : "f32");
    if (second === undefined) code.add(get(first), f32.demote_f64);
    else
      code.add(
        get(first),
        f32x4.demote_f64x2_zero,
        get(second),
        f32x4.demote_f64x2_zero,
        i32x4.shuffle([0, 1, 4, 5]),
      );
    code.add(set(result));
    return result;
  }

  /** Folds the four of this one into another, of one element. */
  foldInto(code: Code, other: Accumulator): void {
    const [target] = other.#locals as [number];
    if (this.#wide) {
      const one = this.#op === "sum" ? f64.add : f64.mul;
      for (const local of this.#locals) {
        for (const lane of [0, 1])
          code.add(get(target), get(local), f64x2.extract_lane(lane), one, set(target));
      }
      return;
    }
    const lane = this.#f.local(isFloat(this.#dtype) ? "f32" : "i32");
    for (let k = 0; k < 4; k++) {
      code.add(get(this.#locals[0]!), (isFloat(this.#dtype) ? f32x4 : i32x4).extract_lane(k), set(lane));
      other.add(code, lane);
    }
  }
}
