import type { CompilerOptions } from "../../executor.js";
import type { Graph } from "../../primitives/graph.js";
import type { ReferenceValue } from "../../primitives/primitive.js";
import { referenceOf } from "../../primitives/referenceOf.js";
import { sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { fuseGraph } from "../fusion/fuseGraph.js";
import { usedResults } from "../fusion/usedResults.js";
import { draw } from "./context/draw.js";
import { valuesOf, wordsOf } from "./context/elements.js";
import type { GlContext } from "./context/glContext.js";
import type { Texture } from "./context/texturePool.js";
import { expectFits, storedValues } from "./expectFits.js";
import { lowerGroups, type Step, target } from "./lowerGraph.js";
import { type InnerProgram, innerProgram } from "./programs/innerProgram.js";
import { Places } from "./programs/places.js";
import { planTextures, type TexturePlan } from "./texturePlan.js";

/** A graph as kernels, one after the other, on textures. */
export class WebglProgram {
  readonly graph: Graph;
  readonly #fused: Fused;
  readonly #steps: readonly Step[];
  readonly #plan: TexturePlan;
  readonly #context: GlContext;
  /** Per step that runs other graphs. */
  readonly #inner: ReadonlyMap<Step, InnerProgram>;
  readonly #places: Places;

  private constructor(
    { fused, steps, plan }: Built,
    context: GlContext,
    inner: ReadonlyMap<Step, InnerProgram>,
  ) {
    this.graph = fused.graph;
    this.#fused = fused;
    this.#steps = steps;
    this.#plan = plan;
    this.#context = context;
    this.#inner = inner;
    this.#places = new Places(context.pool, plan.textures);
  }

  static async compile(graph: Graph, context: GlContext, options: CompilerOptions): Promise<WebglProgram> {
    const built = build(graph, options);
    expectFits(storedValues(built.fused), context.mostExtent);
    await context.programs.prepare(
      built.steps.flatMap((step) => (step.kind === "kernel" ? [step.kernel] : [])),
    );
    const inner = new Map<Step, InnerProgram>();
    for (const step of built.steps) {
      if (step.kind !== "program") continue;
      const compile = (body: Graph): Promise<WebglProgram> => WebglProgram.compile(body, context, options);
      inner.set(step, await innerProgram(built.fused.graph, step.node, context, compile));
    }
    return new WebglProgram(built, context, inner);
  }

  /** Bytes of the program's own textures. */
  get byteLength(): number {
    return (
      this.#plan.byteLength + [...this.#inner.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
    );
  }

  release(): void {
    this.#places.release();
    for (const inner of this.#inner.values()) inner.release();
  }

  /** Takes the program's own textures, which it keeps until `release`. */
  reserve(): void {
    this.#places.reserve();
    for (const inner of this.#inner.values()) inner.reserve();
  }

  /** Has the outputs computed in the textures given for them, none of which is an input's. */
  run(inputs: readonly Texture[], outputs: readonly Texture[]): void {
    const { graph, home } = this.#fused;
    const own = this.#places.reserve();
    for (const inner of this.#inner.values()) inner.reserve();
    const textures = new Map<number, Texture>();
    for (const [value, texture] of this.#plan.textureOf) textures.set(value, own[texture]!);
    for (const [k, node] of graph.inputs.entries()) textures.set(node, inputs[k]!);
    for (const [k, output] of graph.outputs.entries()) textures.set(home[output]!, outputs[k]!);
    const textureOf = (node: number): Texture => textures.get(home[node] ?? node)!;
    for (const step of this.#steps) {
      switch (step.kind) {
        case "kernel": {
          const [reads, writes] = [step.kernel.reads, step.kernel.writes].map((values) =>
            values.map((value) => textures.get(value)!),
          ) as [Texture[], Texture[]];
          draw(this.#context, step.kernel, reads, writes);
          break;
        }
        case "reference":
          this.#byReference(step.node, textureOf);
          break;
        case "program": {
          const results = new Map(
            [...usedResults(step.results, graph)].map(([index, id]) => [index, textureOf(id)]),
          );
          this.#inner.get(step)!.run(graph.nodes[step.node]!.inputs.map(textureOf), results);
          break;
        }
        default:
          throw new Error(`unknown step ${step satisfies never}`);
      }
    }
  }

  #byReference(id: number, textureOf: (node: number) => Texture): void {
    const { nodes } = this.graph;
    const node = nodes[id]!;
    const operands = node.inputs.map((input): ReferenceValue => {
      const { shape, dtype } = nodes[input]!;
      const words = this.#context.readNow(textureOf(input), sizeOf(shape));
      return { shape, dtype, data: Float64Array.from(valuesOf(words, dtype)) };
    });
    this.#context.upload(textureOf(id), wordsOf(node.dtype, referenceOf(node, operands)));
  }
}

/** All that is known of a program before its shaders are compiled. */
interface Built {
  readonly fused: Fused;
  readonly steps: readonly Step[];
  readonly plan: TexturePlan;
}

export function build(graph: Graph, options: CompilerOptions): Built {
  const fused = fuseGraph(graph, target, options);
  const steps = lowerGroups(fused);
  return { fused, steps, plan: planTextures(fused, steps) };
}
