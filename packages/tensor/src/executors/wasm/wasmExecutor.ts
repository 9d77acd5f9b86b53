import { threadsHere } from "#threads";
import {
  type CompilerOptions,
  type Executable,
  type Executor,
  livesElsewhere,
  type Run,
} from "../../executor.js";
import { printGraph } from "../../graph/printGraph.js";
import type { Graph } from "../../primitives/graph.js";
import type { PrimitiveParams } from "../../primitives/params.js";
import { type Aval, sizeOf } from "../../shape.js";
import { droppedPrograms } from "../programs/droppedPrograms.js";
import { plannedBytes } from "../programs/plannedBytes.js";
import type { Timings } from "../timings.js";
import { writeElements } from "./elements.js";
import { eventLoopTurn } from "./eventLoopTurn.js";
import type { Heap } from "./heap.js";
import { Machine } from "./machine.js";
import { totalBytes } from "./programs/places.js";
import { scanPlaces } from "./programs/scan.js";
import { build, WasmProgram } from "./wasmProgram.js";
import { WasmValue } from "./wasmValue.js";

export interface WasmOptions {
  /** Threads that kernels are shared out to, at most and by default those that the machine has for the process; fewer where the system starts no more, one where memory cannot be shared. Results are the same for any number. */
  readonly threads?: number;
}

/** A program and the memory for its results. */
class WasmExecutable implements Executable {
  readonly outputs: readonly Aval[];
  readonly #program: WasmProgram;
  readonly #executor: WasmExecutor;
  readonly #heap: Heap;

  constructor(program: WasmProgram, executor: WasmExecutor, heap: Heap) {
    this.outputs = program.graph.outputs.map((output) => program.graph.nodes[output]!);
    this.#program = program;
    this.#executor = executor;
    this.#heap = heap;
    droppedPrograms.register(this, program, this);
  }

  get byteLength(): number {
    return this.#program.byteLength;
  }

  reserve(): Run {
    this.#program.reserve();
    const results: WasmValue[] = [];
    try {
      for (const { shape } of this.outputs)
        results.push(new WasmValue(this.#executor, this.#heap, sizeOf(shape)));
    } catch (error) {
      for (const result of results) result.release();
      throw error;
    }
    return {
      start: (inputs) => {
        const addresses = inputs.map((input) => {
          if (!(input instanceof WasmValue) || input.executor !== this.#executor) {
            throw livesElsewhere(this.#executor, input);
          }
          return input.address;
        });
        this.#program.run(
          addresses,
          results.map(({ address }) => address),
        );
        return results;
      },
      cancel: () => {
        for (const result of results) result.release();
      },
    };
  }

  release(): void {
    droppedPrograms.unregister(this);
    this.#program.release();
  }
}

/**
 * The processor by WebAssembly with 128-bit vectors: `compile(f, { device: new WasmExecutor() })`, or `setDefaultDevice`. Runs wherever JavaScript does, a browser without WebGPU included, and needs no
 * driver; on several threads in Node, and in workers of pages that are isolated from others (`crossOriginIsolated`) and allow workers from memory (`worker-src blob:`). It is finished when the call returns, and reading values lets other work of the process through. Values are f32, i32, u32 and bool as on a GPU; f16 is rounded to halves. Memory is at most 4 GiB. Sorting, Fourier transforms and kernels of one's own are
 * computed by their float64 references, which is slow. Throws where there is no WebAssembly with vectors.
 */
export class WasmExecutor implements Executor {
  readonly name = "WebAssembly";
  readonly limits: Executor["limits"] = { valueBytes: 2 ** 31 };
  /** A graph always becomes the same. */
  readonly revision = 0;
  readonly #machine: Machine;

  constructor({ threads = threadsHere() }: WasmOptions = {}) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new Error(`WasmExecutor: threads must be a whole number of at least 1, got ${threads}`);
    }
    this.#machine = new Machine(Math.min(threads, threadsHere()));
  }

  get #heap(): Heap {
    return this.#machine.heap;
  }

  toString(): string {
    return this.name;
  }

  /** Ends the threads, which are started anew when something is compiled. */
  destroy(): void {
    this.#machine.stop();
  }

  /** Everything has run when the call that started it returns; the event loop has a turn. */
  synchronize(): Promise<void> {
    return eventLoopTurn();
  }

  /** Bytes of all values and programs that there are. */
  stats(): { readonly liveBytes: number } {
    return { liveBytes: this.#heap.bytesInUse };
  }

  /** Runs `f` and returns the time of each call of a kernel, by the names that `explain` prints; threads are waited for after each, as always. */
  profile(f: () => unknown): Promise<Timings> {
    return this.#machine.profile(f);
  }

  put(constants: readonly PrimitiveParams["constant"][]): WasmValue[] {
    return constants.map(({ data, dtype }) => {
      const value = new WasmValue(this, this.#heap, data.length);
      writeElements(this.#heap.memory, value.address, dtype, data);
      return value;
    });
  }

  async compile(
    graph: Graph,
    _donated: readonly boolean[] = [],
    options: CompilerOptions = {},
  ): Promise<Executable> {
    return new WasmExecutable(await WasmProgram.compile(graph, this.#machine, options), this, this.#heap);
  }

  plannedBytes(graph: Graph, _donated: readonly boolean[] = [], options: CompilerOptions = {}): number {
    return plannedBytes(graph, {
      build: (inner) => build(inner, options),
      bytesOf: totalBytes,
      scanBytes: (params) => totalBytes(scanPlaces(params)),
    });
  }

  explain(graph: Graph, _donated: readonly boolean[] = [], options: CompilerOptions = {}): string {
    const { fused, steps, plan } = build(graph, options);
    const calls = steps.flatMap((step) =>
      step.kind === "kernel"
        ? step.call.functions.map(({ name, lanes, isShared }) =>
            [name, ...(lanes === 1 ? ["one by one"] : []), ...(isShared ? ["on all threads"] : [])].join(
              ", ",
            ),
          )
        : `${fused.graph.nodes[step.node]!.op} by ${step.kind === "program" ? "programs of its own" : "its reference"}`,
    );
    return [
      `graph, ${graph.nodes.length} operations as traced\n${printGraph(fused.graph)}`,
      `${calls.length} calls on ${this.name}\n${calls.join("\n")}`,
      `memory\n${plan.byteLength} bytes`,
    ].join("\n\n");
  }
}
