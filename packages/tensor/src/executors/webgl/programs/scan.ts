import type { GraphNode } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { outputsOf } from "../../programs/outputsOf.js";
import { draw } from "../context/draw.js";
import type { GlContext } from "../context/glContext.js";
import { type Layout, layoutOf } from "../context/layout.js";
import type { Texture } from "../context/texturePool.js";
import { joinTurns, putTurn, stackedElements, takeTurn } from "../kernels/move.js";
import type { CompileBody, InnerProgram } from "./innerProgram.js";
import { layoutsOf, Places } from "./places.js";

type Scan = GraphNode & { readonly op: "scan" };

/** Elements of a turn of what is stacked, going in and coming out. */
const turnsOf = ({ body, constants, carries }: Scan["params"]): { ins: number[]; outs: number[] } => ({
  ins: body.inputs.slice(constants + carries).map((id) => sizeOf(body.nodes[id]!.shape)),
  outs: outputsOf(body)
    .slice(carries)
    .map(({ shape }) => sizeOf(shape)),
});

/** Two places for each carry, one for each element of a turn, and one for all turns of what comes out, in whole texels. */
export function scanPlaces(params: Scan["params"]): Layout[] {
  const carried = layoutsOf(outputsOf(params.body).slice(0, params.carries));
  const { ins, outs } = turnsOf(params);
  const stacked = outs.map((elements) => layoutOf(stackedElements(elements, params.length)));
  return [...carried, ...carried, ...[...ins, ...outs].map(layoutOf), ...stacked];
}

/** The body once per turn: elements are taken from what is stacked, and put there; carries move between two places. */
export async function scanProgram(
  { params }: Scan,
  context: GlContext,
  compile: CompileBody,
): Promise<InnerProgram> {
  const { constants, carries, length, reverse } = params;
  const program = await compile(params.body);
  const { ins, outs } = turnsOf(params);
  const takes = ins.map((elements) => takeTurn(elements, length));
  const puts = outs.map((elements) => putTurn(elements, length));
  const joins = outs.map((elements) => joinTurns(elements, length));
  await context.programs.prepare([...takes, ...puts].map((of) => of(0)).concat(joins));
  const places = new Places(context.pool, scanPlaces(params));
  return {
    byteLength: program.byteLength + places.byteLength,
    reserve: () => {
      program.reserve();
      places.reserve();
    },
    release: () => {
      program.release();
      places.release();
    },
    run: (operands, results) => {
      let own = places.reserve();
      const some = (count: number): readonly Texture[] => {
        const first = own.slice(0, count);
        own = own.slice(count);
        return first;
      };
      const carried = [some(carries), some(carries)];
      const [elements, ys, stacked] = [some(ins.length), some(outs.length), some(outs.length)];
      const fixed = operands.slice(0, constants);
      const stacks = operands.slice(constants + carries);
      let state = operands.slice(constants, constants + carries);
      for (let turn = 0; turn < length; turn++) {
        const at = reverse ? length - 1 - turn : turn;
        takes.forEach((take, k) => {
          draw(context, take(at), [stacks[k]!], [elements[k]!]);
        });
        const next = carried[turn % 2]!.map(
          (place, k) => (turn === length - 1 ? results.get(k) : undefined) ?? place,
        );
        program.run([...fixed, ...state, ...elements], [...next, ...ys]);
        puts.forEach((put, k) => {
          if (results.has(carries + k)) draw(context, put(at), [ys[k]!], [stacked[k]!]);
        });
        state = next;
      }
      joins.forEach((join, k) => {
        const result = results.get(carries + k);
        if (result) draw(context, join, [stacked[k]!], [result]);
      });
    },
  };
}
