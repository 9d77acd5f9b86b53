import type { Graph } from "../../../primitives/graph.js";
import { formatShape, sizeOf } from "../../../shape.js";
import type { Body, Fused } from "../../fusion/fuse.js";
import type { Group } from "../../fusion/group.js";
import type { RowOperation } from "../../fusion/nodeKinds.js";
import { isReduction } from "../../fusion/nodeKinds.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import type { TileChoices } from "../device/tileChoices.js";
import { chooseContraction } from "../kernels/chooseContraction.js";
import { chooseRows } from "../kernels/chooseRows.js";
import { lowerElementwise } from "../kernels/elementwise.js";
import { epilogueOf } from "../kernels/epilogue.js";
import { lowerReduction } from "../kernels/reduce.js";
import type {
  BoundStep,
  LoweringContext,
  Parts,
  ProgramStep,
  Resource,
  Step,
  Store,
} from "../kernels/step.js";
import { bindParameters } from "./bindParameters.js";
import { lowerCond } from "./lowerCond.js";
import { lowerKernel } from "./lowerKernel.js";
import { lowerScan } from "./lowerScan.js";
import { lowerWhile } from "./lowerWhile.js";
import { type ResourceSpec, Resources } from "./resources.js";

export interface Lowered {
  readonly steps: readonly ProgramStep[];
  readonly resources: readonly ResourceSpec[];
  /** Per output of the graph; an "input" resource where a donated argument's memory was taken over. */
  readonly outputs: readonly Resource[];
}

/** The commands of a graph that is part of a program, from the first pass on; the results may take over the memory of `donated` inputs. */
export type LowerBody = (
  graph: Graph,
  options?: { readonly donated?: readonly boolean[]; readonly body?: Body },
) => Lowered;

export interface LowerOptions {
  readonly traits: AdapterTraits;
  readonly tiles: TileChoices;
  /** Per input of the graph: whether its memory may be taken over. */
  readonly donated: readonly boolean[];
  /** Off: no value takes over another's memory inside a kernel. */
  readonly inPlace: boolean;
  /** Parameters of kernels as immediates instead of in a uniform buffer. */
  readonly immediates: boolean;
  readonly lowerBody: LowerBody;
}

/** Throws where kernels would need halves that the device does not have. */
function expectHalves({ nodes }: Graph, { features }: AdapterTraits): void {
  if (features.has("shader-f16")) return;
  const half = nodes.find(({ dtype }) => dtype === "f16");
  if (half) {
    throw new Error(
      `${half.op}: f16 ${formatShape(half.shape)} needs a device with the feature shader-f16, and this one has not; ` +
        'keep values in f32 (cast on the host: tensor(data, { dtype: "f32" })), or open another adapter',
    );
  }
}

/** Turns groups into commands on numbered resources. Throws for f16 values on a device without shader-f16. */
export function lower(fused: Fused, options: LowerOptions): Lowered {
  const { graph, groups, home } = fused;
  expectHalves(graph, options.traits);
  const resources = new Resources(fused, options.donated);
  const takeOver = (outputs: readonly number[], g: number): Map<number, number> =>
    options.inPlace ? resources.takeOver(outputs, g) : new Map();
  const textures = new Map<string, Resource>();
  const parts = new Map<number, Parts>();
  const context: LoweringContext = {
    traits: options.traits,
    tiles: options.tiles,
    value: (node) => resources.of(node),
    scratch: (byteLength) => resources.add({ kind: "buffer", byteLength }),
    texture: (node, layout) => textures.get(`${home[node]} ${layout.key} ${layout.width}x${layout.height}`),
    newTexture(node, layout) {
      const texture = resources.add({ kind: "texture", width: layout.width, height: layout.height });
      textures.set(`${home[node]} ${layout.key} ${layout.width}x${layout.height}`, texture);
      return texture;
    },
    leaveParts: (node, left) => void parts.set(node, left),
    parts: (node) => parts.get(node),
    epilogue: () => undefined,
    uniform: (words) => resources.add({ kind: "uniform", words }),
    table: (words) => resources.add({ kind: "table", words }),
    turnOf: (node) => fused.stacked.get(node),
  };

  /** What a kernel of reductions computes from them. Only that may take over memory: others still read operands when the first sum is written. */
  const usesOf = (outputs: readonly number[]): number[] =>
    outputs.filter((id) => !isReduction(graph.nodes[id]!));

  const lowerWithEpilogue = (product: number, outputs: readonly number[], g: number): Step[] => {
    if (sizeOf(graph.nodes[product]!.shape) === 0) return [];
    const uses = outputs.filter((output) => output !== product);
    const alone = uses.length === 0;
    // Not the product itself: in a kernel of its own it is written before the others read.
    const over = takeOver(uses, g);
    let inlined = false;
    const epilogue = (lanes: 1 | 4): Store | undefined => {
      const store = alone ? undefined : epilogueOf(outputs, product, graph, home, over, lanes, context);
      inlined = store !== undefined;
      return store;
    };
    const steps = chooseContraction(graph.nodes[product]!, product, graph, { ...context, epilogue });
    if (inlined) return steps;
    // A kernel of its own: parts have to be added up first, or the epilogue asks for more than rows and columns.
    const rest = context.parts(product) ? outputs : uses;
    return rest.length === 0
      ? steps
      : [...steps, ...lowerElementwise(rest, graph, home, over, context, product)];
  };

  const lowerProgram = (group: Group & { readonly kind: "program" }, g: number): readonly ProgramStep[] => {
    switch (graph.nodes[group.program]!.op) {
      case "scan":
        return lowerScan(group, graph, g, resources, options);
      case "cond":
        return lowerCond(group, graph, resources, options);
      case "whileLoop":
        return lowerWhile(group, graph, g, resources, options);
      default:
        return bind(lowerKernel(group, graph, context));
    }
  };

  const { immediates } = options;
  const { uniform } = context;
  const bind = (steps: readonly Step[]): BoundStep[] =>
    steps.map((step) => bindParameters(step, { immediates, uniform }));
  const steps = groups.flatMap((group, g): readonly ProgramStep[] => {
    switch (group.kind) {
      case "elementwise":
        return bind(lowerElementwise(group.outputs, graph, home, takeOver(group.outputs, g), context));
      case "reduce":
        return bind(lowerReduction(group.outputs, graph, home, takeOver(usesOf(group.outputs), g), context));
      case "rows":
        return group.outputs.flatMap((id) =>
          bind(chooseRows(graph.nodes[id] as RowOperation, id, graph, context)),
        );
      case "contraction":
        return bind(lowerWithEpilogue(group.product, group.outputs, g));
      case "program":
        return lowerProgram(group, g);
      default:
        throw new Error(`unknown group ${group satisfies never}`);
    }
  });
  const outputs = graph.outputs.map((output) => resources.of(output));
  return { steps, resources: resources.specs, outputs };
}
