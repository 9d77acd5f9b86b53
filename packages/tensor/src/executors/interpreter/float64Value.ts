import { allocate, type DType, type TypedArray } from "../../dtype.js";
import type { Executor, Value } from "../../executor.js";
import { fromHalf, toHalf } from "../../float16.js";

/** A value of the interpreter: float64 whatever the tensor's dtype is, rounded to it when it is read. */
export class Float64Value implements Value {
  readonly executor: Executor;
  #data: Float64Array | undefined;

  constructor(executor: Executor, data: Float64Array) {
    this.executor = executor;
    this.#data = data;
  }

  /** Never changed by anybody: values may share it. Throws after `release`. */
  get data(): Float64Array {
    if (!this.#data)
      throw new Error("Interpreter: a value was used after its release; it has no memory any more");
    return this.#data;
  }

  async read(dtype: DType): Promise<TypedArray> {
    const rounded = allocate(dtype, this.data.length);
    rounded.set(dtype === "f16" ? this.data.map((value) => fromHalf(toHalf(value))) : this.data);
    return rounded;
  }

  release(): void {
    this.#data = undefined;
  }
}
