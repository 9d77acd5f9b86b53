import type { CompilerOptions } from "../../executor.js";
import type { Graph, GraphNode } from "../../primitives/graph.js";
import type { ReferenceValue } from "../../primitives/primitive.js";
import { referenceOf } from "../../primitives/referenceOf.js";
import { sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { fuseGraph } from "../fusion/fuseGraph.js";
import { elementsAt, writeElements } from "./elements.js";
import type { KernelPhase } from "./kernels/kernelCall.js";
import { lowerGroups, type Step, target } from "./lowerGraph.js";
import type { Machine } from "./machine.js";
import { type MemoryPlan, planMemory } from "./memoryPlan.js";
import { ModuleBuilder } from "./module/moduleBuilder.js";
import { type InnerProgram, innerProgram } from "./programs/innerProgram.js";
import type { SharedModule, ThreadPool } from "./threads/threadPool.js";
import { webAssembly } from "./webAssembly.js";

/** The functions of a program's module, and where threads know them. */
interface LoadedModule {
  readonly functions: Readonly<Record<string, (...addresses: number[]) => void>>;
  readonly threads?: { readonly pool: ThreadPool; readonly shared: SharedModule };
}

/** Lets the platform compile a module, and threads load it where they share some of its kernels. */
async function loadModule(
  module: ModuleBuilder,
  steps: readonly Step[],
  machine: Machine,
): Promise<LoadedModule> {
  const { compile, instantiate } = webAssembly();
  const compiled = await compile(module.encode());
  const { memory } = machine.heap;
  const { exports } = await instantiate(compiled, { host: { memory, ...module.imports } });
  const names = steps.flatMap((step) =>
    step.kind === "kernel"
      ? step.call.functions.filter(({ isShared }) => isShared).map(({ name }) => name)
      : [],
  );
  const pool = names.length > 0 ? await machine.threads() : undefined;
  if (!pool) return { functions: exports };
  return {
    functions: exports,
    threads: { pool, shared: pool.load(compiled, names, Object.keys(module.imports)) },
  };
}

/** A graph as calls of functions of a module, on addresses. */
export class WasmProgram {
  readonly graph: Graph;
  readonly #fused: Fused;
  readonly #steps: readonly Step[];
  readonly #plan: MemoryPlan;
  readonly #module: LoadedModule;
  readonly #machine: Machine;
  /** Per step that runs other graphs. */
  readonly #inner: ReadonlyMap<Step, InnerProgram>;
  /** Where the program's own memory begins. */
  #memory: number | undefined;

  private constructor(
    fused: Fused,
    steps: readonly Step[],
    plan: MemoryPlan,
    module: LoadedModule,
    machine: Machine,
    inner: ReadonlyMap<Step, InnerProgram>,
  ) {
    this.graph = fused.graph;
    this.#fused = fused;
    this.#steps = steps;
    this.#plan = plan;
    this.#module = module;
    this.#machine = machine;
    this.#inner = inner;
  }

  static async compile(graph: Graph, machine: Machine, options: CompilerOptions): Promise<WasmProgram> {
    const { fused, module, steps, plan } = build(graph, options, machine.isShared);
    const loaded = await loadModule(module, steps, machine);
    const inner = new Map<Step, InnerProgram>();
    for (const step of steps) {
      if (step.kind !== "program") continue;
      const compile = (body: Graph): Promise<WasmProgram> => WasmProgram.compile(body, machine, options);
      inner.set(step, await innerProgram(fused.graph, step.node, machine.heap, compile));
    }
    return new WasmProgram(fused, steps, plan, loaded, machine, inner);
  }

  /** Bytes of the program's own memory. */
  get byteLength(): number {
    return (
      this.#plan.byteLength + [...this.#inner.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
    );
  }

  release(): void {
    const { threads } = this.#module;
    threads?.pool.drop(threads.shared);
    if (this.#memory !== undefined) this.#machine.heap.release(this.#memory);
    this.#memory = undefined;
    for (const inner of this.#inner.values()) inner.release();
  }

  /** Takes the program's own memory, which it keeps until `release`. */
  reserve(): void {
    if (this.#plan.byteLength > 0) this.#memory ??= this.#machine.heap.allocate(this.#plan.byteLength);
    for (const inner of this.#inner.values()) inner.reserve();
  }

  /** Computes the outputs at the addresses given for them. */
  run(inputs: readonly number[], outputs: readonly number[]): void {
    this.reserve();
    const { graph, home } = this.#fused;
    const own = this.#memory ?? 0;
    const places = new Map<number, number>();
    for (const [node, offset] of this.#plan.values) places.set(node, own + offset);
    for (const [k, node] of graph.inputs.entries()) places.set(node, inputs[k]!);
    for (const [k, output] of graph.outputs.entries()) places.set(home[output]!, outputs[k]!);
    const addressOf = (node: number): number => places.get(home[node]!) ?? 0;
    this.#steps.forEach((step, k) => {
      const scratch = this.#plan.scratch[k]!;
      switch (step.kind) {
        case "kernel": {
          const addresses = step.call.operands.map((operand) =>
            "node" in operand ? addressOf(operand.node) : own + scratch[operand.scratch]!,
          );
          for (const phase of step.call.functions) {
            this.#machine.timed(phase.name, phase.flops, () => this.#call(phase, addresses));
          }
          break;
        }
        case "reference": {
          const label = `${graph.nodes[step.node]!.op} by its reference`;
          this.#machine.timed(label, 0, () => this.#byReference(step.node, addressOf));
          break;
        }
        case "program": {
          const results = new Map(
            step.results.map((id) => [
              (graph.nodes[id] as GraphNode & { readonly op: "result" }).params.index,
              addressOf(id),
            ]),
          );
          this.#inner.get(step)!.run(graph.nodes[step.node]!.inputs.map(addressOf), results);
          break;
        }
        default:
          throw new Error(`unknown step ${step satisfies never}`);
      }
    });
  }

  /** Calls a function of the module once, or its parts on all threads. */
  #call({ name, isShared }: KernelPhase, addresses: readonly number[]): void {
    const { functions, threads } = this.#module;
    const f = functions[name]!;
    if (isShared && threads) {
      threads.pool.run(threads.shared, name, addresses, (part, parts) => f(...addresses, part, parts));
    } else f(...addresses, 0, 1);
  }

  #byReference(id: number, addressOf: (node: number) => number): void {
    const { nodes } = this.graph;
    const node = nodes[id]!;
    const { memory } = this.#machine.heap;
    const operands = node.inputs.map((input): ReferenceValue => {
      const { shape, dtype } = nodes[input]!;
      return {
        shape,
        dtype,
        data: Float64Array.from(elementsAt(memory, addressOf(input), dtype, sizeOf(shape))),
      };
    });
    writeElements(memory, addressOf(id), node.dtype, referenceOf(node, operands));
  }
}

/** All that is known of a program before it is compiled. */
export function build(
  graph: Graph,
  options: CompilerOptions,
  isShared = false,
): {
  readonly fused: Fused;
  readonly module: ModuleBuilder;
  readonly steps: readonly Step[];
  readonly plan: MemoryPlan;
} {
  const fused = fuseGraph(graph, target, options);
  const module = new ModuleBuilder(isShared);
  const steps = lowerGroups(fused, module);
  return { fused, module, steps: steps.flat(), plan: planMemory(fused, steps) };
}
