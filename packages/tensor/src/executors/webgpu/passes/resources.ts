import { bytesPerElement } from "../../../dtype.js";
import type { Graph } from "../../../primitives/graph.js";
import { type Aval, sizeOf } from "../../../shape.js";
import type { Fused } from "../../fusion/fuse.js";
import { readsOfGroup } from "../../fusion/reads.js";
import type { Resource } from "../kernels/step.js";

const bytesOf = ({ shape, dtype }: Aval): number => sizeOf(shape) * bytesPerElement[dtype];

/** What a resource number stands for. */
export type ResourceSpec =
  /** The buffer of the program's argument `index`. */
  | { readonly kind: "input"; readonly index: number }
  /** A buffer that is made for every run and belongs to the caller afterwards. */
  | { readonly kind: "output"; readonly byteLength: number }
  /** A buffer of the program's own. */
  | { readonly kind: "buffer"; readonly byteLength: number }
  | { readonly kind: "texture"; readonly width: number; readonly height: number }
  | { readonly kind: "uniform"; readonly words: Uint32Array }
  /** Which commands run, and with how many workgroups: `entries` of four numbers. */
  | { readonly kind: "gate"; readonly entries: number }
  /** Storage with fixed contents, of which one array is laid out once. */
  | { readonly kind: "table"; readonly words: Uint32Array }
  /** What a loop moves from place to place: another buffer from turn to turn. */
  | { readonly kind: "carried" }
  /** The number of the turn of a loop, of which there are `length`; none where no command reads it. */
  | { readonly kind: "turn"; readonly length: number };

/** The numbered resources of a program under construction, and at which of them each stored value lies. */
export class Resources {
  readonly specs: ResourceSpec[] = [];
  readonly #graph: Graph;
  readonly #home: readonly (number | undefined)[];
  /** Per input of the graph: whether its memory may be taken over. */
  readonly #donated: readonly boolean[];
  readonly #at: Map<number, Resource> = new Map();
  readonly #isOutput: ReadonlySet<number>;
  /** A state that goes in and comes out at the same position: the place of each such output's input. */
  readonly #ownPlace: Map<number, Resource> = new Map();
  readonly #owned: ReadonlySet<Resource>;
  /** Per group: the values that it reads only at the element that it computes. */
  readonly #readInPlace: readonly (readonly number[])[];
  readonly #lastRead: Map<number, number> = new Map();

  constructor({ graph, groups, home }: Fused, donated: readonly boolean[]) {
    this.#graph = graph;
    this.#home = home;
    this.#donated = donated;
    graph.inputs.forEach((node, index) => {
      if (!this.#at.has(node)) this.#at.set(node, this.add({ kind: "input", index }));
    });
    this.#isOutput = new Set(graph.outputs.map((output) => home[output]!));
    graph.outputs.forEach((output, k) => {
      const input = graph.inputs[k];
      if (input !== undefined) this.#ownPlace.set(home[output]!, this.#at.get(input)!);
    });
    this.#owned = new Set(this.#ownPlace.values());
    this.#readInPlace = groups.map((group, g) => {
      const reads = [...readsOfGroup(group, graph, home)];
      for (const [place] of reads) this.#lastRead.set(place, g);
      return reads.flatMap(([place, { sameElement }]) => (sameElement ? [place] : []));
    });
  }

  add(spec: ResourceSpec): Resource {
    return this.specs.push(spec) - 1;
  }

  /** A buffer of the program's own for a value that is no node's. */
  scratch(value: Aval): Resource {
    return this.add({ kind: "buffer", byteLength: bytesOf(value) });
  }

  /** The buffer that holds a node's value. */
  of(node: number): Resource {
    const place = this.#home[node]!;
    let resource = this.#at.get(place);
    if (resource === undefined) {
      const kind = this.#isOutput.has(place) ? "output" : "buffer";
      resource = this.add({ kind, byteLength: bytesOf(this.#graph.nodes[place]!) });
      this.#at.set(place, resource);
    }
    return resource;
  }

  /** Gives outputs of group `g` the memory of values that nobody reads after it: per output that gets some, whose it is. */
  takeOver(outputs: readonly number[], g: number): Map<number, number> {
    const over = new Map<number, number>();
    const taken = new Set<Resource>();
    const tryToTake = (output: number, place: number): boolean => {
      const resource = this.#at.get(place);
      if (resource === undefined || taken.has(resource) || this.#lastRead.get(place) !== g) return false;
      if (!this.#isFree(place, resource, output)) return false;
      over.set(output, place);
      taken.add(resource);
      this.#at.set(output, resource);
      return true;
    };
    const places = this.#readInPlace[g]!;
    // A state that goes in and comes out keeps its places, so that a loop binds the same buffers in every turn.
    for (const output of outputs) {
      const own = this.#ownPlace.get(output);
      // What lies there may be a later value: a state that is updated twice.
      const place = own === undefined ? undefined : places.find((other) => this.#at.get(other) === own);
      if (place !== undefined) tryToTake(output, place);
    }
    for (const output of outputs) {
      if (!over.has(output)) places.some((place) => tryToTake(output, place));
    }
    return over;
  }

  /** Whether a value's memory may be written to by group `g`, after which nobody reads it. */
  isSpent(node: number, g: number): boolean {
    const place = this.#home[node]!;
    const spec = this.specs[this.of(place)]!;
    const isOurs = spec.kind === "buffer" || (spec.kind === "input" && this.#donated[spec.index]!);
    return isOurs && !this.#isOutput.has(place) && this.#lastRead.get(place) === g;
  }

  /** The same of one of the operands of a program, where no other one lies in that memory. */
  isSpentAlone(operand: number, operands: readonly number[], g: number): boolean {
    const resource = this.of(operand);
    return operands.filter((other) => this.of(other) === resource).length === 1 && this.isSpent(operand, g);
  }

  /** Gives an output of group `g` the memory of an operand that the group reads before it writes there, if it may be written to. */
  takeOverOperand(output: number, node: number, g: number): boolean {
    const place = this.#home[node]!;
    const resource = this.of(place);
    if (!this.isSpent(node, g) || !this.#isFree(place, resource, output)) return false;
    this.#at.set(output, resource);
    return true;
  }

  /** Whether `output` may lie where `place` does, whose value nobody needs any more. */
  #isFree(place: number, resource: Resource, output: number): boolean {
    const isOutput = this.#isOutput;
    const { nodes } = this.#graph;
    const spec = this.specs[resource]!;
    const free =
      (spec.kind === "input" && this.#donated[spec.index]!) ||
      (spec.kind === "buffer" && !isOutput.has(output));
    // A result stays, also where it lives in a donated argument's memory.
    if (!free || isOutput.has(place) || nodes[place]!.dtype !== nodes[output]!.dtype) return false;
    if (bytesOf(nodes[place]!) !== bytesOf(nodes[output]!)) return false;
    // Two outputs that change places would move on in every turn of a loop.
    return !(isOutput.has(output) && this.#owned.has(resource) && this.#ownPlace.get(output) !== resource);
  }
}
