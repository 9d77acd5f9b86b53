import type { GraphNode } from "../../../primitives/graph.js";
import { whileResults } from "../../../primitives/whileLoop.js";
import { sizeOf } from "../../../shape.js";
import { whilePlaces } from "../../programs/whilePlaces.js";
import { draw } from "../context/draw.js";
import type { GlContext } from "../context/glContext.js";
import { takeTurn } from "../kernels/move.js";
import type { CompileBody, InnerProgram } from "./innerProgram.js";
import { layoutsOf, Places } from "./places.js";

type While = GraphNode & { readonly op: "whileLoop" };

/** The body as long as the condition holds, which is read after each turn. */
export async function whileProgram(
  { params }: While,
  context: GlContext,
  compile: CompileBody,
): Promise<InnerProgram> {
  const { constants, maxSteps } = params;
  const condition = await compile(params.condition);
  const body = await compile(params.body);
  const carried = whileResults(params);
  const copies = carried.map(({ shape }) => takeTurn(sizeOf(shape), 1)(0));
  await context.programs.prepare(copies);
  const places = new Places(context.pool, layoutsOf(whilePlaces(params)));
  return {
    byteLength: condition.byteLength + body.byteLength + places.byteLength,
    reserve: () => {
      condition.reserve();
      body.reserve();
      places.reserve();
    },
    release: () => {
      condition.release();
      body.release();
      places.release();
    },
    run: (operands, results) => {
      const own = places.reserve();
      const verdict = own.at(-1)!;
      const fixed = operands.slice(0, constants);
      let state = operands.slice(constants);
      for (let turn = 0; turn < maxSteps; turn++) {
        condition.run([...fixed, ...state], [verdict]);
        if (context.readNow(verdict, 1)[0] === 0) break;
        const next = carried.map((_, k) => own[(turn % 2) * carried.length + k]!);
        body.run([...fixed, ...state], next);
        state = next;
      }
      for (const [k, texture] of results) draw(context, copies[k]!, [state[k]!], [texture]);
    },
  };
}
