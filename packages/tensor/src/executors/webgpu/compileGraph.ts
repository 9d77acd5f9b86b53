import type { CompilerOptions } from "../../executor.js";
import { joinScans } from "../../graph/joinScans.js";
import { replaceEmpty } from "../../graph/replaceEmpty.js";
import { simplify } from "../../graph/simplify.js";
import type { Graph } from "../../primitives/graph.js";
import { type Body, type Fused, fuse } from "../fusion/fuse.js";
import type { AdapterTraits } from "./device/adapterTraits.js";
import type { TileChoices } from "./device/tileChoices.js";
import { fusionTarget } from "./fusionTarget.js";
import { runsTexelKernels } from "./kernels/contractionTexels.js";
import { foldWidth } from "./passes/foldWidth.js";
import { type Lowered, lower } from "./passes/lower.js";
import { type Plan, plan } from "./passes/plan.js";

/** A graph after every pass: what runs, on which memory. */
export interface CompiledGraph {
  readonly fused: Fused;
  readonly lowered: Lowered;
  readonly plan: Plan;
}

type Target = { readonly traits: AdapterTraits; readonly tiles: TileChoices };

/** The passes in order: replace empty values, fold rows of few channels, join equal scans, simplify, fuse, lower, plan memory. */
export function compileGraph(
  graph: Graph,
  target: Target,
  donated: readonly boolean[],
  options: CompilerOptions = {},
): CompiledGraph {
  const { fused, lowered } = lowerGraph(graph, target, donated, options);
  return { fused, lowered, plan: plan(lowered, options.reuseMemory ?? true) };
}

/** All but the last: memory is planned for a program as a whole, bodies of loops included. */
function lowerGraph(
  graph: Graph,
  target: Target,
  donated: readonly boolean[],
  options: CompilerOptions,
  body?: Body,
): Omit<CompiledGraph, "plan"> {
  const { traits, tiles } = target;
  const simplifies = options.simplify ?? true;
  const filled = replaceEmpty(graph);
  const folded = (options.foldWidth ?? runsTexelKernels(traits)) ? foldWidth(filled) : filled;
  const simplified = simplify(simplifies ? joinScans(folded) : folded, simplifies);
  const inPlace = options.inPlace ?? true;
  const fused = fuse(simplified, {
    target: fusionTarget(traits),
    donated: inPlace ? donated : [],
    enabled: options.fuse ?? true,
    epilogues: options.epilogues ?? traits.kind === "gpu",
    body,
  });
  const lowered = lower(fused, {
    traits,
    tiles,
    donated,
    inPlace,
    immediates: (options.immediates ?? false) && traits.immediates,
    lowerBody: (inner, { donated: spent = [], body: of } = {}) =>
      lowerGraph(inner, target, spent, options, of).lowered,
  });
  return { fused, lowered };
}
