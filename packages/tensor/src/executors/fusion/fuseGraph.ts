import type { CompilerOptions } from "../../executor.js";
import { joinScans } from "../../graph/joinScans.js";
import { replaceEmpty } from "../../graph/replaceEmpty.js";
import { simplify } from "../../graph/simplify.js";
import type { Graph } from "../../primitives/graph.js";
import { type Fused, fuse } from "./fuse.js";
import type { FusionTarget } from "./target.js";

/** The passes before kernels are written that take no argument's memory over: replace empty values, join equal scans, simplify, fuse. */
export function fuseGraph(graph: Graph, target: FusionTarget, options: CompilerOptions): Fused {
  const simplifies = options.simplify ?? true;
  const filled = replaceEmpty(graph);
  return fuse(simplify(simplifies ? joinScans(filled) : filled, simplifies), {
    target,
    enabled: options.fuse ?? true,
    epilogues: false,
    donated: [],
  });
}
