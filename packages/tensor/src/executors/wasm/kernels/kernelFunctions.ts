import { type Expression, walk } from "../../fusion/expression.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { LoopNest } from "./loopNest.js";

/** The stored values that expressions read. */
export function loadedBy(roots: readonly Expression[]): ReadonlySet<number> {
  const nodes = new Set<number>();
  walk(roots, (expression) => {
    if (expression.kind === "load") nodes.add(expression.node);
  });
  return nodes;
}

/** Work below which waking other threads costs more than they save, in elements of a simple loop. */
const leastShared = 8192;

/** A kernel under construction: functions one after the other, whose parameters are the addresses of what they read and write, and which part of how many a call is. */
export class KernelFunctions {
  readonly #module: ModuleBuilder;
  readonly #values: readonly number[];
  readonly #scratchBytes: readonly number[];
  readonly #phases: { readonly nest: LoopNest; readonly work: number; readonly flops: number }[] = [];

  constructor(module: ModuleBuilder, values: readonly number[], scratchBytes: readonly number[] = []) {
    this.#module = module;
    this.#values = values;
    this.#scratchBytes = scratchBytes;
  }

  /** One more function, which is called when all parts of the one before are done. `work` is about how many elements it goes over, `flops` what a profile makes a rate of. */
  phase(name: string, work: number, flops = 0): LoopNest {
    const addresses = this.#values.length + this.#scratchBytes.length;
    const parameters = new Array<"i32">(addresses + 2).fill("i32");
    const f = this.#module.add(name, { parameters, results: [] });
    const nest = new LoopNest(f, { part: addresses, parts: addresses + 1 });
    this.#phases.push({ nest, work, flops });
    return nest;
  }

  /** The parameter that is the address of a node's value. */
  addressOf(node: number): number {
    const parameter = this.#values.indexOf(node);
    if (parameter < 0) throw new Error(`kernel: value ${node} is not among what it was given`);
    return parameter;
  }

  /** The parameter that is the address of the k-th piece of scratch memory. */
  scratch(k: number): number {
    return this.#values.length + k;
  }

  call(): KernelCall {
    return {
      functions: this.#phases.map(({ nest, work, flops }) => ({
        name: nest.f.name,
        isShared: nest.isShared && !nest.f.callsHost && work >= leastShared,
        lanes: nest.lanes,
        flops,
      })),
      operands: [
        ...this.#values.map((node) => ({ node })),
        ...this.#scratchBytes.map((_, scratch) => ({ scratch })),
      ],
      scratchBytes: this.#scratchBytes,
    };
  }
}
