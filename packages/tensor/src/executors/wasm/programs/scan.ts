import type { GraphNode } from "../../../primitives/graph.js";
import type { Aval } from "../../../shape.js";
import { outputsOf } from "../../programs/outputsOf.js";
import type { Heap } from "../heap.js";
import { bytesOf } from "../memoryPlan.js";
import type { CompileBody, InnerProgram } from "./innerProgram.js";
import { Places } from "./places.js";

type Scan = GraphNode & { readonly op: "scan" };

/** Two places for each carry, and one for each element that nobody stacks. */
export function scanPlaces({ body, carries }: Scan["params"]): Aval[] {
  const turns = outputsOf(body);
  const carried = turns.slice(0, carries);
  return [...carried, ...carried, ...turns.slice(carries)];
}

/** The body once per turn: stacked values are read and written where their elements lie, carries move between two places. */
export async function scanProgram({ params }: Scan, heap: Heap, compile: CompileBody): Promise<InnerProgram> {
  const { body, constants, carries, length, reverse } = params;
  const program = await compile(body);
  const stacked = body.inputs.slice(constants + carries).map((id) => bytesOf(body.nodes[id]!));
  const turns = outputsOf(body);
  const carried = turns.slice(0, carries);
  const places = new Places(heap, scanPlaces(params));
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
      const own = places.reserve();
      const fixed = operands.slice(0, constants);
      let state = operands.slice(constants, constants + carries);
      for (let turn = 0; turn < length; turn++) {
        const at = reverse ? length - 1 - turn : turn;
        const elements = operands.slice(constants + carries).map((address, k) => address + at * stacked[k]!);
        const next = carried.map((_, k) => {
          const result = turn === length - 1 ? results.get(k) : undefined;
          return result ?? own[(turn % 2) * carries + k]!;
        });
        const ys = turns.slice(carries).map((value, k) => {
          const result = results.get(carries + k);
          return result === undefined ? own[2 * carries + k]! : result + at * bytesOf(value);
        });
        program.run([...fixed, ...state, ...elements], [...next, ...ys]);
        state = next;
      }
    },
  };
}
