import { bytesPerElement } from "../../../dtype.js";
import type { Graph } from "../../../graph/graph.js";
import { formatShape, sizeOf } from "../../../shape.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import type { TileChoices } from "../device/tileChoices.js";
import { chooseContraction } from "../kernels/chooseContraction.js";
import { lowerElementwise } from "../kernels/elementwise.js";
import { epilogueOf } from "../kernels/epilogue.js";
import { lowerReduction } from "../kernels/reduce.js";
import type { BoundStep, LoweringContext, Parts, Resource, Step, Store } from "../kernels/step.js";
import { bindParameters } from "./bindParameters.js";
import { type Fused, readsOfGroup } from "./fuse.js";

/** What a resource number stands for. */
export type ResourceSpec =
  /** The buffer of the program's argument `index`. */
  | { readonly kind: "input"; readonly index: number }
  /** A buffer that is made for every run and belongs to the caller afterwards. */
  | { readonly kind: "output"; readonly byteLength: number }
  /** A buffer of the program's own. */
  | { readonly kind: "buffer"; readonly byteLength: number }
  | { readonly kind: "texture"; readonly width: number; readonly height: number }
  | { readonly kind: "uniform"; readonly words: Uint32Array };

export interface Lowered {
  readonly steps: readonly BoundStep[];
  readonly resources: readonly ResourceSpec[];
  /** Per output of the graph; an "input" resource where a donated argument's memory was taken over. */
  readonly outputs: readonly Resource[];
}

export interface LowerOptions {
  readonly traits: AdapterTraits;
  readonly tiles: TileChoices;
  /** Per input of the graph: whether its memory may be taken over. */
  readonly donated: readonly boolean[];
  /** Off: no value takes over another's memory inside a kernel. */
  readonly inPlace: boolean;
  /** Parameters of kernels as immediates instead of in a uniform buffer. */
  readonly immediates: boolean;
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
  const resources: ResourceSpec[] = [];
  const add = (spec: ResourceSpec): Resource => resources.push(spec) - 1;
  const resourceOf = new Map<number, Resource>();
  graph.inputs.forEach((node, index) => {
    if (!resourceOf.has(node)) resourceOf.set(node, add({ kind: "input", index }));
  });
  const isOutput = new Set(graph.outputs.map((output) => home[output]!));
  const textures = new Map<string, Resource>();
  const parts = new Map<number, Parts>();

  const byteLength = (node: number): number => {
    const { shape, dtype } = graph.nodes[node]!;
    return sizeOf(shape) * bytesPerElement[dtype];
  };
  const context: LoweringContext = {
    traits: options.traits,
    tiles: options.tiles,
    value(node) {
      const place = home[node]!;
      let resource = resourceOf.get(place);
      if (resource === undefined) {
        resource = add({ kind: isOutput.has(place) ? "output" : "buffer", byteLength: byteLength(place) });
        resourceOf.set(place, resource);
      }
      return resource;
    },
    scratch: (length) => add({ kind: "buffer", byteLength: length }),
    texture: (node, layout) => textures.get(`${home[node]} ${layout.key} ${layout.width}x${layout.height}`),
    newTexture(node, layout) {
      const texture = add({ kind: "texture", width: layout.width, height: layout.height });
      textures.set(`${home[node]} ${layout.key} ${layout.width}x${layout.height}`, texture);
      return texture;
    },
    leaveParts: (node, left) => void parts.set(node, left),
    parts: (node) => parts.get(node),
    epilogue: () => undefined,
    uniform: (words) => add({ kind: "uniform", words }),
  };

  const reads = groups.map((group) => readsOfGroup(group, graph, home));
  const lastRead = new Map<number, number>();
  reads.forEach((read, g) => {
    for (const place of read.keys()) lastRead.set(place, g);
  });

  /** A state that goes in and comes out at the same position: the place of each such output's input. */
  const ownPlace = new Map<number, Resource>();
  graph.outputs.forEach((output, k) => {
    const input = graph.inputs[k];
    if (input !== undefined) ownPlace.set(home[output]!, resourceOf.get(input)!);
  });
  const owned = new Set(ownPlace.values());

  /** Which outputs of a group take over the memory of a value that nobody reads after it. */
  const takeOver = (outputs: readonly number[], g: number): Map<number, number> => {
    const over = new Map<number, number>();
    if (!options.inPlace) return over;
    const taken = new Set<Resource>();
    const tryToTake = (output: number, place: number): boolean => {
      const resource = resourceOf.get(place);
      if (resource === undefined || taken.has(resource) || lastRead.get(place) !== g) return false;
      const spec = resources[resource]!;
      const free =
        (spec.kind === "input" && options.donated[spec.index]!) ||
        (spec.kind === "buffer" && !isOutput.has(output));
      // A result stays, also where it lives in a donated argument's memory.
      if (!free || isOutput.has(place) || graph.nodes[place]!.dtype !== graph.nodes[output]!.dtype)
        return false;
      if (byteLength(place) !== byteLength(output)) return false;
      // Two outputs that change places would move on in every turn of a loop.
      if (isOutput.has(output) && owned.has(resource) && ownPlace.get(output) !== resource) return false;
      over.set(output, place);
      taken.add(resource);
      resourceOf.set(output, resource);
      return true;
    };
    const places = [...reads[g]!].filter(([, { sameElement }]) => sameElement).map(([place]) => place);
    // A state that goes in and comes out keeps its places, so that a loop binds the same buffers in every turn.
    for (const output of outputs) {
      const own = ownPlace.get(output);
      // What lies there may be a later value: a state that is updated twice.
      const place = own === undefined ? undefined : places.find((other) => resourceOf.get(other) === own);
      if (place !== undefined) tryToTake(output, place);
    }
    for (const output of outputs) {
      if (!over.has(output)) places.some((place) => tryToTake(output, place));
    }
    return over;
  };

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

  const steps = groups.flatMap((group, g): Step[] => {
    switch (group.kind) {
      case "elementwise":
        return lowerElementwise(group.outputs, graph, home, takeOver(group.outputs, g), context);
      case "reduce":
        return lowerReduction(group.outputs, group.parts, graph, home, context);
      case "contraction":
        return lowerWithEpilogue(group.product, group.outputs, g);
      default:
        throw new Error(`unknown group ${group satisfies never}`);
    }
  });
  const outputs = graph.outputs.map((output) => context.value(output));
  const { immediates } = options;
  const { uniform } = context;
  return { steps: steps.map((step) => bindParameters(step, { immediates, uniform })), resources, outputs };
}
