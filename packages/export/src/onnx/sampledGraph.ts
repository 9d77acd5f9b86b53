import { InputError } from "@clidim/imaging";
import type { Aval, MapTree, Tensor, Tree } from "@clidim/tensor";
import { type Graph, type GraphNode, simplify, traceFunction } from "@clidim/tensor/graph";
import { type Extent, fitExtent, type OpenExtent, type Samples, samplesOf } from "./extent.js";
import { OpenSizeError } from "./openSizeError.js";

/** An argument that the model is given when it runs. */
export interface ModelInput {
  readonly name: string;
  readonly shape: readonly (number | OpenExtent)[];
  /** Default "f32". */
  readonly dtype?: "f32" | "i32" | "bool";
}

/** A graph for all values of the open extents, known from graphs at some: the same operations, in which numbers are the same or follow one open extent. */
export class SampledGraph {
  readonly #samples: Samples;
  readonly #graphs: readonly Graph[];

  constructor(samples: Samples, graphs: readonly Graph[]) {
    this.#samples = samples;
    this.#graphs = graphs;
    for (const graph of graphs) checkSameOperations(this.first, graph);
  }

  /** The graph in the first sample. */
  get first(): Graph {
    return this.#graphs[0]!;
  }

  /** A number of a node, in all samples; undefined where it follows no one open extent in a straight line. */
  follows(id: number, read: (node: GraphNode, graph: Graph) => number): Extent | undefined {
    return fitExtent(
      this.#samples,
      this.#graphs.map((graph) => read(graph.nodes[id]!, graph)),
    );
  }

  /** The same, refused where it is undefined. */
  extent(id: number, what: string, read: (node: GraphNode, graph: Graph) => number): Extent {
    const extent = this.follows(id, read);
    if (extent) return extent;
    const names = this.#samples.open.map(({ name }) => name).join(", ");
    throw new OpenSizeError(
      `exportOnnx: ${what} of ${this.first.nodes[id]!.op} (node ${id}) follows none of ${names} alone in a straight line; export for one size`,
    );
  }

  shape(id: number): Extent[] {
    return this.first.nodes[id]!.shape.map((_, axis) =>
      this.extent(id, `extent ${axis}`, ({ shape }) => shape[axis]!),
    );
  }

  /** Whether a node is the same, with the same shape, in all samples. */
  isConstant(id: number): boolean {
    const [first, ...others] = this.#graphs.map(({ nodes }) => nodes[id]!);
    return others.every(
      ({ shape, params }) =>
        JSON.stringify(shape) === JSON.stringify(first!.shape) && sameParams(params, first!.params),
    );
  }
}

/** Parameters of one operation are plain data and typed arrays. */
function sameParams(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [mine, yours] = [Object.entries(a), Object.entries(b)];
  return (
    mine.length === yours.length &&
    mine.every(([key, value], i) => key === yours[i]![0] && sameParams(value, yours[i]![1]))
  );
}

function checkSameOperations(a: Graph, b: Graph): void {
  const differs = a.nodes.findIndex(({ op, dtype, inputs }, id) => {
    const other = b.nodes[id];
    return !other || other.op !== op || other.dtype !== dtype || other.inputs.join() !== inputs.join();
  });
  if (differs === -1 && a.nodes.length === b.nodes.length) return;
  const at = differs === -1 ? a.nodes.length : differs;
  throw new OpenSizeError(
    `exportOnnx: the function is built of other operations for other sizes of its inputs (from node ${at} on: ` +
      `${a.nodes[at]?.op ?? "nothing"}, ${b.nodes[at]?.op ?? "nothing"}); export for one size`,
  );
}

/** A function of parameters and inputs as a graph for all sizes, and the tensors behind the graph's inputs that are known now. */
export interface SampledFunction {
  readonly graph: SampledGraph;
  /** The graph's inputs that are known now, in its order: parameters, then tensors that the function closes over. By node. */
  readonly given: ReadonlyMap<number, Tensor>;
  /** The nodes of the model's inputs, in their order. */
  readonly inputs: readonly number[];
  readonly outputPaths: readonly string[];
}

/** Traces a function at several sizes of its inputs. */
export function sampleFunction<P extends Tree<Tensor>>(
  f: (parameters: P, ...inputs: Tensor[]) => Tree<Tensor>,
  parameters: P,
  parameterLeaves: readonly Tensor[],
  inputs: readonly ModelInput[],
): SampledFunction {
  const samples = samplesOf(openExtentsOf(inputs));
  const traced = samples.values.map((values) => {
    const value = (extent: number | OpenExtent): number =>
      typeof extent === "number"
        ? extent
        : values[samples.open.findIndex(({ name }) => name === extent.name)]!;
    const examples = inputs.map(({ shape, dtype = "f32" }): Aval => ({ shape: shape.map(value), dtype }));
    const { graph, captured, outputPaths } = traceFunction(
      // One argument after the parameters for each input.
      (given: Tree<Tensor>, ...rest: Tensor[]) => f(given as P, ...rest),
      parameters as MapTree<Tree<Tensor>, Tensor, Aval>,
      ...examples,
    );
    return { graph: simplify(graph), captured, outputPaths };
  });
  const { graph, captured, outputPaths } = traced[0]!;
  const known = [...parameterLeaves, ...captured];
  const ids = graph.inputs;
  const own = ids.slice(parameterLeaves.length, parameterLeaves.length + inputs.length);
  return {
    graph: new SampledGraph(
      samples,
      traced.map((each) => each.graph),
    ),
    given: new Map(ids.filter((id) => !own.includes(id)).map((id, i) => [id, known[i]!])),
    inputs: own,
    outputPaths,
  };
}

/** Each once, by its name. */
function openExtentsOf(inputs: readonly ModelInput[]): OpenExtent[] {
  const found = new Map<string, OpenExtent>();
  for (const { name, shape } of inputs) {
    for (const extent of shape) {
      if (typeof extent === "number") continue;
      const before = found.get(extent.name);
      if (before && (before.multiple !== extent.multiple || before.least !== extent.least)) {
        throw new InputError(
          `exportOnnx: input ${name} has the extent ${extent.name} of another multiple or least value than an earlier one; one name is one number`,
        );
      }
      found.set(extent.name, before ?? extent);
    }
  }
  return [...found.values()];
}
