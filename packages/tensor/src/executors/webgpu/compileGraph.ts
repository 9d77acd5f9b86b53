import type { CompilerOptions } from "../../executor.js";
import { replaceEmpty } from "../../graph/replaceEmpty.js";
import { simplify } from "../../graph/simplify.js";
import type { Graph } from "../../primitives/graph.js";
import type { AdapterTraits } from "./device/adapterTraits.js";
import type { TileChoices } from "./device/tileChoices.js";
import { runsTexelKernels } from "./kernels/contractionTexels.js";
import { foldWidth } from "./passes/foldWidth.js";
import { type Fused, fuse } from "./passes/fuse.js";
import { type Lowered, lower } from "./passes/lower.js";
import { type Plan, plan } from "./passes/plan.js";

/** A graph after every pass: what runs, on which memory. */
export interface CompiledGraph {
  readonly fused: Fused;
  readonly lowered: Lowered;
  readonly plan: Plan;
}

/** The passes in order: replace empty values, fold rows of few channels, simplify, fuse, lower, plan memory. */
export function compileGraph(
  graph: Graph,
  { traits, tiles }: { readonly traits: AdapterTraits; readonly tiles: TileChoices },
  donated: readonly boolean[],
  options: CompilerOptions = {},
): CompiledGraph {
  const filled = replaceEmpty(graph);
  const folded = (options.foldWidth ?? runsTexelKernels(traits)) ? foldWidth(filled) : filled;
  const simplified = simplify(folded, options.simplify ?? true);
  const fused = fuse(simplified, {
    traits,
    enabled: options.fuse ?? true,
    epilogues: options.epilogues ?? traits.kind === "gpu",
  });
  const lowered = lower(fused, {
    traits,
    tiles,
    donated,
    inPlace: options.inPlace ?? true,
    immediates: (options.immediates ?? false) && traits.immediates,
  });
  return { fused, lowered, plan: plan(lowered, options.reuseMemory ?? true) };
}
