import { type Expression, walk } from "../../fusion/expression.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";

/** The stored values that expressions read. */
export function loadedBy(roots: readonly Expression[]): ReadonlySet<number> {
  const nodes = new Set<number>();
  walk(roots, (expression) => {
    if (expression.kind === "load") nodes.add(expression.node);
  });
  return nodes;
}

/** The function of a kernel under construction, whose parameters are the addresses of what it reads and writes. */
export class KernelFunction {
  readonly f: FunctionBuilder;
  readonly #values: readonly number[];
  readonly #scratchBytes: readonly number[];

  constructor(
    module: ModuleBuilder,
    name: string,
    values: readonly number[],
    scratchBytes: readonly number[] = [],
  ) {
    const parameters = [...values, ...scratchBytes].map(() => "i32" as const);
    this.f = module.add(name, { parameters, results: [] });
    this.#values = values;
    this.#scratchBytes = scratchBytes;
  }

  /** The parameter that is the address of a node's value. */
  addressOf(node: number): number {
    const parameter = this.#values.indexOf(node);
    if (parameter < 0) throw new Error(`${this.f.name}: value ${node} is not among what it was given`);
    return parameter;
  }

  /** The parameter that is the address of the k-th piece of scratch memory. */
  scratch(k: number): number {
    return this.#values.length + k;
  }

  call(): KernelCall {
    return {
      name: this.f.name,
      operands: [
        ...this.#values.map((node) => ({ node })),
        ...this.#scratchBytes.map((_, scratch) => ({ scratch })),
      ],
      scratchBytes: this.#scratchBytes,
    };
  }
}
