import type { Graph } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { partsBinding, type ReductionName } from "../../fusion/reduction.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import { KernelText } from "./kernelText.js";
import { togetherSize } from "./shareOut.js";
import { spread } from "./spread.js";
import type { LoweringContext, Parts, Resource, Step } from "./step.js";
import { foldInWorkgroup, locateLane } from "./workgroupFold.js";
import { writeFromTotals } from "./writeElements.js";

/** How the parts of a value are folded: those of contractions are added up. */
const foldOf = (op: string): ReductionName => (op === "max" || op === "prod" ? op : "sum");

/**
 * The elementwise kernel that computes every node of `outputs`, where much of its work is to fold `parts`, per reduction or contraction that was left in them: the `lanes` invocations that
 * an element has fold rows in turn, and then what they have in workgroup memory.
 */
export function foldParts(
  outputs: readonly number[],
  parts: ReadonlyMap<number, Parts>,
  lanes: number,
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
): Step {
  const { shape } = graph.nodes[outputs[0]!]!;
  const size = sizeOf(shape);
  const columns = togetherSize / lanes;
  const text = new KernelText();
  const elements = text.parameter(size, "i32");
  locateLane(text, lanes, "columns");
  text.line(
    `let element = i32(workgroup.x + workgroup.y * workgroups.x) * ${text.parameter(columns, "i32")} + column;`,
  );
  const step = text.parameter(lanes, "i32");
  const totals = [...parts].map(([node, { rows }], k) => {
    const { op, dtype } = graph.nodes[node]!;
    const fold = foldOf(op);
    const name = `total${k}`;
    const buffer = text.bind(partsBinding(node), partType(dtype), "read");
    text.line(`var ${name} = ${foldIdentity(fold, dtype, text)};`);
    text.line(`let rows${k} = select(0, ${text.parameter(rows, "i32")}, element < ${elements});`);
    text.open(`for (var row = lane; row < rows${k}; row += ${step}) {`);
    text.line(`${name} = ${foldTwo(fold, dtype, name, `${buffer}[row * ${elements} + element]`)};`);
    text.close();
    return { node, name, op: fold, dtype };
  });
  foldInWorkgroup(text, totals, lanes);
  text.open(`if (lane == 0 && element < ${elements}) {`);
  text.line("let l = element;");
  const names = new Map(totals.map(({ node, name }) => [node, name]));
  writeFromTotals(text, shape, outputs, names, over, graph, home, context);
  text.close();

  const places = new Map([...parts].map(([node, { resource }]) => [partsBinding(node), resource]));
  const resourceOf = (node: number): Resource => places.get(node) ?? context.value(node);
  const label = `elementwise ${outputs.map((output) => graph.nodes[output]!.op).join("+")}`;
  return text.step(label, spread(Math.ceil(size / columns), context.traits), resourceOf, togetherSize);
}
