import { apply, type Definition, full, input, type PrimitiveParams, sum, type Tensor } from "@clidim/tensor";
import type { CustomCall } from "@clidim/tensor/graph";
import { reach } from "@clidim/tensor/graph";
import { customCallOf } from "../customCall.js";
import { reachedWith } from "../region.js";
import { batchRules } from "./index.js";
import { batchCond, batchKernel, batchScan, batchWhile } from "./programs.js";
import { batched, type Mapped, shared, spread } from "./rule.js";

/**
 * Computes for all examples of a batch what a function computes for one. Values of one example are placeholders; what was built from them is rebuilt, operation by operation, by
 * the batching rules, and everything else is the same for all examples and stays what it is.
 */
export class Vectorizer {
  readonly size: number;
  readonly #mapped = new Map<Tensor, Mapped>();
  /** Those of each program that is batched. */
  readonly #results = new Map<Tensor, readonly Mapped[]>();
  /** Nothing older depends on an example. */
  #first = Number.POSITIVE_INFINITY;

  constructor(size: number) {
    this.size = size;
  }

  /** A placeholder of the value of one example; `batch` has those of all along axis 0. */
  example(batch: Tensor): Tensor {
    const placeholder = input(batch.shape.slice(1), batch.dtype);
    this.#first = Math.min(this.#first, placeholder.id);
    this.#mapped.set(placeholder, batched(batch));
    return placeholder;
  }

  /** The values, for all examples. */
  map(values: readonly Tensor[]): Mapped[] {
    const found = reach(values, (value) =>
      this.#mapped.has(value) || value.id < this.#first ? [] : reachedWith(value.definition),
    );
    for (const value of found) {
      if (!this.#mapped.has(value)) this.#mapped.set(value, this.#compute(value));
    }
    return values.map((value) => this.#mapped.get(value)!);
  }

  #compute(value: Tensor): Mapped {
    if (value.id < this.#first) return shared(value);
    const { op, inputs, params } = value.definition;
    switch (op) {
      case "input":
      case "constant":
      case "full":
      case "iota":
        return shared(value);
      case "customVjp":
        return this.#custom(value, params);
      case "scan":
      case "cond":
      case "whileLoop":
      case "kernel": {
        const operands = inputs.map((operand) => this.#mapped.get(operand)!);
        if (!operands.some((operand) => operand.batched)) return this.#sharedResult(value, operands);
        if (this.size > 0) this.#results.set(value, this.#program(value.definition, operands));
        // Who uses it asks for its results.
        return batched(value);
      }
      case "result": {
        const operand = this.#mapped.get(inputs[0]!)!;
        if (!operand.batched) return this.#sharedResult(value, [operand]);
        return this.#results.get(inputs[0]!)?.[params.index] ?? this.#nothing(value);
      }
      default: {
        const operands = inputs.map((operand) => this.#mapped.get(operand)!);
        if (!operands.some((operand) => operand.batched)) return this.#sharedResult(value, operands);
        if (this.size === 0) return this.#nothing(value);
        // The name selects the rule that the parameters belong to; TypeScript cannot correlate the two across a union.
        const rule = batchRules[op] as (operation: {
          readonly operands: readonly Mapped[];
          readonly params: unknown;
          readonly size: number;
          readonly output: Tensor;
        }) => Mapped;
        return rule({ operands, params, size: this.size, output: value });
      }
    }
  }

  #program(definition: Definition, operands: readonly Mapped[]): Mapped[] {
    const { size } = this;
    const newVectorizer = (): Vectorizer => new Vectorizer(size);
    switch (definition.op) {
      case "scan":
        return batchScan(operands, definition.params, size, newVectorizer);
      case "cond":
        return batchCond(operands, definition.params, size, newVectorizer);
      case "whileLoop":
        return batchWhile(operands, definition.params, size, newVectorizer);
      case "kernel":
        return batchKernel(operands, definition.params, size);
      default:
        throw new Error(`vmap: ${definition.op} has no results of its own`);
    }
  }

  /** What is computed from nothing but shared operands: itself, or the same of what has taken their place. */
  #sharedResult(value: Tensor, operands: readonly Mapped[]): Mapped {
    const { op, inputs, params } = value.definition;
    if (operands.every(({ tensor }, i) => tensor === inputs[i])) return shared(value);
    return shared(
      apply(
        op,
        operands.map(({ tensor }) => tensor),
        params,
      ),
    );
  }

  #nothing({ shape, dtype }: Tensor): Mapped {
    return batched(full([0, ...shape], 0, dtype));
  }

  /** All results of a call are batched if anything in it is, as they are differentiated together. */
  #custom(value: Tensor, params: PrimitiveParams["customVjp"]): Mapped {
    const original = customCallOf(params);
    const operands = original.results.map(({ definition }) =>
      definition.inputs.map((operand) => this.#mapped.get(operand)!),
    );
    const differs = operands.flat().some((operand) => operand.batched);
    if (differs && this.size === 0) return this.#nothing(value);
    const differ = operands[0]!.slice(1, 1 + original.argumentCount).map((argument) => argument.batched);
    const call = differs ? this.#batchedCall(original, differ) : this.#sharedCall(original);
    // All before the first node, as the nodes of a call are made one after the other.
    const values = operands.map(([own]) => (differs ? spread(own!, this.size) : own!.tensor));
    original.results.forEach((result, i) => {
      const others = operands[i]!.slice(1).map(({ tensor }) => tensor);
      const node = apply("customVjp", [values[i]!, ...others], { backward: call });
      call.results.push(node);
      this.#mapped.set(result, differs ? batched(node) : shared(node));
    });
    return this.#mapped.get(value)!;
  }

  /** The call that all examples share, whose gradient must be one of all of them, too. */
  #sharedCall(original: CustomCall): CustomCall {
    return {
      ...original,
      results: [],
      backward: (...given) =>
        original.backward(...given).map((gradient) => {
          const all = gradient && this.map([gradient])[0]!;
          if (!all?.batched) return all?.tensor;
          throw new Error(
            `${original.name}: inside vmap, the function is the same for all examples, but its gradient uses a tensor that differs from example to example; pass that as an argument, too`,
          );
        }),
    };
  }

  /** The call for all examples, `differ` says whose arguments are batched: its gradient is that of one example, for all of them, summed where they share an argument. */
  #batchedCall(original: CustomCall, differ: readonly boolean[]): CustomCall {
    return {
      ...original,
      results: [],
      backward: (args, results, cotangents) => {
        const gradients = original.backward(
          args.map((arg, i) => (differ[i] ? this.example(arg) : arg)),
          results.map((result) => this.example(result)),
          cotangents.map((cotangent) => cotangent && this.example(cotangent)),
        );
        return gradients.map((gradient, i) => {
          if (!gradient) return undefined;
          const all = spread(this.map([gradient])[0]!, this.size);
          return differ[i] ? all : sum(all, 0);
        });
      },
    };
  }
}
