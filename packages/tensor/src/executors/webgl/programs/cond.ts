import { condResults } from "../../../primitives/cond.js";
import type { GraphNode } from "../../../primitives/graph.js";
import type { Aval } from "../../../shape.js";
import { valuesOf } from "../context/elements.js";
import type { GlContext } from "../context/glContext.js";
import type { CompileBody, InnerProgram } from "./innerProgram.js";
import { layoutsOf, Places } from "./places.js";

type Cond = GraphNode & { readonly op: "cond" };

/** The branch that a number names, which is read. */
export async function condProgram(
  { params }: Cond,
  { dtype }: Aval,
  context: GlContext,
  compile: CompileBody,
): Promise<InnerProgram> {
  const branches = await Promise.all(params.branches.map(compile));
  const outputs = condResults(params);
  const places = new Places(context.pool, layoutsOf(outputs));
  return {
    byteLength: places.byteLength + branches.reduce((sum, branch) => sum + branch.byteLength, 0),
    reserve: () => {
      places.reserve();
      for (const branch of branches) branch.reserve();
    },
    release: () => {
      places.release();
      for (const branch of branches) branch.release();
    },
    run: ([index, ...operands], results) => {
      const own = places.reserve();
      const named = valuesOf(context.readNow(index!, 1), dtype)[0]!;
      const branch = branches[Math.min(Math.max(named, 0), branches.length - 1)]!;
      branch.run(
        operands,
        outputs.map((_, k) => results.get(k) ?? own[k]!),
      );
    },
  };
}
