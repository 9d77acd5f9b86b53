import { DeviceError } from "../../deviceError.js";
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
import { wordsOf } from "./context/elements.js";
import { GlContext } from "./context/glContext.js";
import type { GlCanvas } from "./context/glTypes.js";
import { mostBytes } from "./context/layout.js";
import { expectFits } from "./expectFits.js";
import { acquireAll, layoutsOf, totalBytes } from "./programs/places.js";
import { scanPlaces } from "./programs/scan.js";
import { build, WebglProgram } from "./webglProgram.js";
import { WebglValue } from "./webglValue.js";

export interface WebglOptions {
  /** What to compute on, whose picture nobody sees: by default an `OffscreenCanvas`, or an element of the page where there is none. */
  readonly canvas?: GlCanvas;
}

/** A program and the memory for its results. */
class WebglExecutable implements Executable {
  readonly outputs: readonly Aval[];
  readonly #program: WebglProgram;
  readonly #executor: WebglExecutor;
  readonly #context: GlContext;

  constructor(program: WebglProgram, executor: WebglExecutor, context: GlContext) {
    this.outputs = program.graph.outputs.map((output) => program.graph.nodes[output]!);
    this.#program = program;
    this.#executor = executor;
    this.#context = context;
    droppedPrograms.register(this, program, this);
  }

  get byteLength(): number {
    return this.#program.byteLength;
  }

  reserve(): Run {
    this.#context.assertAlive();
    this.#program.reserve();
    const textures = acquireAll(this.#context.pool, layoutsOf(this.outputs));
    const results = this.outputs.map(
      ({ shape }, k) => new WebglValue(this.#executor, this.#context, sizeOf(shape), textures[k]!),
    );
    return {
      start: (inputs) => {
        const given = inputs.map((input) => {
          if (!(input instanceof WebglValue) || input.executor !== this.#executor) {
            throw livesElsewhere(this.#executor, input);
          }
          return input.texture;
        });
        this.#program.run(given, textures);
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

/** The canvas of a page or worker. */
function anyCanvas(): GlCanvas {
  // Node's types know neither.
  const { OffscreenCanvas, document } = globalThis as {
    OffscreenCanvas?: new (width: number, height: number) => GlCanvas;
    document?: { createElement(name: "canvas"): GlCanvas };
  };
  if (OffscreenCanvas) return new OffscreenCanvas(1, 1);
  if (document) return document.createElement("canvas");
  throw new DeviceError(
    "limit",
    "there is no canvas here, and so no WebGL: it is a browser's; in Node use Device of @clidim/tensor, or WasmExecutor of @clidim/tensor/wasm",
  );
}

/**
 * A browser's GPU by WebGL 2, where it has no WebGPU: `compile(f, { device: new WebglExecutor() })`, or `setDefaultDevice`; in pages and workers. Values are f32, i32, u32 and bool as in WebGPU; f16 is
 * rounded to halves. Sorting, Fourier transforms and kernels of one's own are computed by their float64 references on the processor, and what decides about a loop's next turn or a branch is read: the
 * thread waits for the GPU meanwhile. Where the browser takes its context away, every later use rejects with a `DeviceError` that says "lost". Throws one where there is no WebGL 2.
 */
export class WebglExecutor implements Executor {
  readonly name: string;
  readonly limits: Executor["limits"];
  /** A graph always becomes the same. */
  readonly revision = 0;
  readonly #context: GlContext;

  constructor({ canvas = anyCanvas() }: WebglOptions = {}) {
    this.#context = new GlContext(canvas);
    this.name = `WebGL (${this.#context.renderer})`;
    this.limits = { valueBytes: mostBytes(this.#context.mostExtent) };
  }

  toString(): string {
    return this.name;
  }

  /** Throws where the context is lost. */
  assertAlive(): void {
    this.#context.assertAlive();
  }

  /** Gives the context back to the browser. The executor is of no use afterwards. */
  destroy(): void {
    this.#context.destroy();
  }

  /** Resolves once everything that was started is computed. */
  synchronize(): Promise<void> {
    return this.#context.finish();
  }

  /** Bytes of all textures of values and programs that there are, and how many shader programs were made. */
  stats(): { readonly liveBytes: number; readonly programs: number } {
    return { liveBytes: this.#context.pool.usedBytes, programs: this.#context.programs.size };
  }

  put(constants: readonly PrimitiveParams["constant"][]): WebglValue[] {
    this.#context.assertAlive();
    expectFits(
      constants.map(({ shape, dtype }) => ({ op: "constant", shape, dtype })),
      this.#context.mostExtent,
    );
    const textures = acquireAll(this.#context.pool, layoutsOf(constants));
    return constants.map(({ data, dtype }, k) => {
      this.#context.upload(textures[k]!, wordsOf(dtype, data));
      return new WebglValue(this, this.#context, data.length, textures[k]!);
    });
  }

  async compile(
    graph: Graph,
    _donated: readonly boolean[] = [],
    options: CompilerOptions = {},
  ): Promise<Executable> {
    this.#context.assertAlive();
    return new WebglExecutable(
      await WebglProgram.compile(graph, this.#context, options),
      this,
      this.#context,
    );
  }

  plannedBytes(graph: Graph, _donated: readonly boolean[] = [], options: CompilerOptions = {}): number {
    return plannedBytes(graph, {
      build: (inner) => build(inner, options),
      bytesOf: (values) => totalBytes(layoutsOf(values)),
      scanBytes: (params) => totalBytes(scanPlaces(params)),
    });
  }

  explain(graph: Graph, _donated: readonly boolean[] = [], options: CompilerOptions = {}): string {
    const { fused, steps, plan } = build(graph, options);
    const lines = steps.map((step) =>
      step.kind === "kernel"
        ? step.kernel.name
        : `${fused.graph.nodes[step.node]!.op} by ${step.kind === "program" ? "programs of its own" : "its reference, on the processor"}`,
    );
    return [
      `graph, ${graph.nodes.length} operations as traced\n${printGraph(fused.graph)}`,
      `${lines.length} steps on ${this.name}\n${lines.join("\n")}`,
      `memory\n${plan.byteLength} bytes in ${plan.textures.length} textures`,
    ].join("\n\n");
  }
}
