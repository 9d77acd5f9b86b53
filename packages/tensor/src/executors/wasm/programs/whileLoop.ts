import type { GraphNode } from "../../../primitives/graph.js";
import { whileResults } from "../../../primitives/whileLoop.js";
import { whilePlaces } from "../../programs/whilePlaces.js";
import { elementsAt } from "../elements.js";
import type { Heap } from "../heap.js";
import { bytesOf } from "../memoryPlan.js";
import type { CompileBody, InnerProgram } from "./innerProgram.js";
import { Places } from "./places.js";

type While = GraphNode & { readonly op: "whileLoop" };

/** The body as long as the condition holds, which is read after each turn. */
export async function whileProgram(
  { params }: While,
  heap: Heap,
  compile: CompileBody,
): Promise<InnerProgram> {
  const { constants, maxSteps } = params;
  const condition = await compile(params.condition);
  const body = await compile(params.body);
  const carried = whileResults(params);
  const places = new Places(heap, whilePlaces(params));
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
        if (elementsAt(heap.memory, verdict, "bool", 1)[0] === 0) break;
        const next = carried.map((_, k) => own[(turn % 2) * carried.length + k]!);
        body.run([...fixed, ...state], next);
        state = next;
      }
      const bytes = new Uint8Array(heap.memory.buffer);
      for (const [k, address] of results) {
        const from = state[k]!;
        bytes.copyWithin(address, from, from + bytesOf(carried[k]!));
      }
    },
  };
}
