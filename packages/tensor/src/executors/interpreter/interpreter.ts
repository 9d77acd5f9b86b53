import { type Executable, type Executor, livesElsewhere, type Run, type Value } from "../../executor.js";
import { printGraph } from "../../graph/printGraph.js";
import type { Graph } from "../../primitives/graph.js";
import type { PrimitiveParams } from "../../primitives/params.js";
import type { Aval } from "../../shape.js";
import { Float64Value } from "./float64Value.js";
import { type InterpretOptions, interpretGraph } from "./interpretGraph.js";

/** What the interpreter makes of a graph: the graph, and the place where it runs. */
class InterpretedGraph implements Executable, Run {
  readonly outputs: readonly Aval[];
  readonly byteLength = 0;
  readonly #graph: Graph;
  readonly #interpreter: Interpreter;
  readonly #options: InterpretOptions;

  constructor(graph: Graph, interpreter: Interpreter, options: InterpretOptions) {
    this.outputs = graph.outputs.map((output) => graph.nodes[output]!);
    this.#graph = graph;
    this.#interpreter = interpreter;
    this.#options = options;
  }

  /** Memory is the host's, which is not reserved. */
  reserve(): Run {
    return this;
  }

  start(inputs: readonly Value[]): Float64Value[] {
    const given = inputs.map((input) => {
      if (!(input instanceof Float64Value) || input.executor !== this.#interpreter) {
        throw livesElsewhere(this.#interpreter, input);
      }
      return input.data;
    });
    return interpretGraph(this.#graph, given, this.#options).map(
      (data) => new Float64Value(this.#interpreter, data),
    );
  }

  cancel(): void {}

  release(): void {}
}

/**
 * The float64 interpreter as an executor: `compile(f, { device: new Interpreter() })` and `evaluate(x, { device })` compute what a device would, on the CPU, by one
 * plain loop per primitive. Slow, and finished when the call returns: for tests, and where there is no GPU. Values stay in float64 from call to call (f16 as `roundHalves`
 * says, f32 as `roundFloats`) and are rounded to their dtype when they are read.
 */
export class Interpreter implements Executor {
  readonly name = "the float64 interpreter";
  readonly limits: Executor["limits"] = { valueBytes: Number.POSITIVE_INFINITY };
  /** A graph always becomes the same. */
  readonly revision = 0;
  readonly #options: InterpretOptions;

  constructor(options: InterpretOptions = {}) {
    this.#options = options;
  }

  toString(): string {
    return this.name;
  }

  put(constants: readonly PrimitiveParams["constant"][]): Float64Value[] {
    return constants.map(({ data }) => new Float64Value(this, Float64Array.from(data)));
  }

  /** The graph as it is: what passes would do to it is what the interpreter is compared with. */
  async compile(graph: Graph): Promise<Executable> {
    return new InterpretedGraph(graph, this, this.#options);
  }

  /** Values are the host's, and go when the run is over. */
  plannedBytes(): number {
    return 0;
  }

  explain(graph: Graph): string {
    return `graph, ${graph.nodes.length} operations, one loop each on ${this.name}\n${printGraph(graph)}`;
  }
}
