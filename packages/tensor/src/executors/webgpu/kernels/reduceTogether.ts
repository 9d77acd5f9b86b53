import type { Graph } from "../../../primitives/graph.js";
import { sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { expectTerms } from "../../fusion/expectTerms.js";
import { type Expression, formsOf, walk } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot } from "../../fusion/linearForm.js";
import { isReduction } from "../../fusion/nodeKinds.js";
import { partsBinding, type Reduction } from "../../fusion/reduction.js";
import type { Shares } from "../../fusion/target.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import { reductionLoops } from "./reductionLoops.js";
import { togetherSize } from "./shareOut.js";
import { spread } from "./spread.js";
import type { LoweringContext, Step } from "./step.js";
import { storedValue } from "./valueTypes.js";
import { foldInWorkgroup, locateLane, type Total } from "./workgroupFold.js";
import { placeOf, writeFromTotals } from "./writeElements.js";

/** Terms per turn, and the expressions beyond which a turn would be too long for that. */
const [unrolled, mostUnrolled] = [4, 32];

type Home = readonly (number | undefined)[];

/** What a kernel of reductions computes, in the order in which it can. */
interface Stages {
  /** Those of a stage need results of the stages before. */
  readonly reductions: readonly (readonly number[])[];
  /** One element per output of a reduction. */
  readonly uses: readonly number[];
  /** One element per term. */
  readonly wide: readonly number[];
}

function stagesOf(outputs: readonly number[], graph: Graph, home: Home): Stages {
  const own = new Set(outputs);
  const terms = sizeOf(graph.nodes[graph.nodes[outputs[0]!]!.inputs[0]!]!.shape);
  const known = new Map<number, number>();
  /** The stages that have to be over before a node's value can be computed here. */
  const before = (id: number): number => {
    let depth = known.get(id);
    if (depth === undefined) {
      const there = home[id] !== undefined && !own.has(id);
      const needed = there ? 0 : Math.max(0, ...graph.nodes[id]!.inputs.map(before));
      depth = own.has(id) && isReduction(graph.nodes[id]!) ? needed + 1 : needed;
      known.set(id, depth);
    }
    return depth;
  };
  const [sums, others] = [true, false].map((sum) =>
    outputs.filter((id) => isReduction(graph.nodes[id]!) === sum),
  );
  const last = Math.max(...sums!.map(before));
  const [wide, uses] = [true, false].map((all) =>
    others!.filter((id) => (sizeOf(graph.nodes[id]!.shape) === terms) === all),
  );
  return {
    reductions: Array.from({ length: last }, (_, stage) => sums!.filter((id) => before(id) === stage + 1)),
    uses: uses!,
    wide: wide!,
  };
}

/**
 * `lowerReduction` for a GPU: a part of each output is a run of terms, of which the lanes of a workgroup that the output has take every so many; what they have is folded in workgroup memory. Where
 * that is the whole output, the kernel goes on: with reductions that need it (a variance its mean), with what is computed from one element of each, and with values of the shape of the terms.
 */
export function reduceTogether(
  outputs: readonly number[],
  { parts, lanes }: Shares,
  graph: Graph,
  home: Home,
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
): Step {
  const { reductions, uses, wide } = stagesOf(outputs, graph, home);
  const first = graph.nodes[outputs[0]!] as Reduction;
  const { shape } = graph.nodes[first.inputs[0]!]!;
  const rank = shape.length;
  const count = sizeOf(first.shape);
  const terms = sizeOf(shape) / count;
  const columns = togetherSize / lanes;
  const reduced = new Set(first.params.axes);

  const builder = new ExpressionBuilder(graph, home, rank, new Set(outputs));
  const here = coordinatesOf(shape, rank);
  const element = dot(here, stridesOf(shape), rank);
  const rootsOf = (ids: readonly number[]): Expression[] =>
    ids.map((id) => builder.build(isReduction(graph.nodes[id]!) ? graph.nodes[id]!.inputs[0]! : id, here));
  const forms = formsOf([...reductions, wide].flatMap(rootsOf));
  const loops = reductionLoops(shape, reduced, [...forms, element]);
  const { text, expressions, keptAxes, reducedAxes, coordinates } = loops;

  expectTerms(
    [...reductions].flat().map((id) => graph.nodes[id]!.op),
    terms,
    Math.max(parts, unrolled * lanes),
  );
  const outputCount = text.parameter(count, "i32");
  const blocks = text.parameter(Math.ceil(count / columns), "i32");
  const perPart = text.parameter(Math.ceil(terms / parts), "i32");
  text.line("let group = i32(workgroup.x + workgroup.y * workgroups.x);");
  text.line(`let part = group / ${blocks};`);
  text.line(`if (part >= ${text.parameter(parts, "i32")}) { return; }`);
  // Neighbouring invocations read neighbouring elements.
  locateLane(text, lanes, loops.keptInnermost ? "columns" : "lanes");
  text.line(`let output = (group - part * ${blocks}) * ${text.parameter(columns, "i32")} + column;`);
  text.line(`let o = min(output, ${outputCount} - 1);`);
  text.line(`let start = part * ${perPart} + lane;`);
  const last = `min((part + 1) * ${perPart}, ${text.parameter(terms, "i32")})`;
  text.line(`let end = select(start, ${last}, output < ${outputCount});`);
  text.line(`let step = ${text.parameter(lanes, "i32")};`);
  coordinates("o", keptAxes);

  let turns = 0;
  /** Prints what is done with each term of an invocation. */
  const forTerms = (roots: readonly Expression[], use: (values: readonly string[]) => void): void => {
    const turn = (r: string): void => {
      coordinates(r, reducedAxes);
      use(roots.map((root) => expressions.value(root)));
    };
    const index = `r${turns++}`;
    text.line(`var ${index} = start;`);
    if (countOf(roots) <= mostUnrolled) {
      // Loads of several terms are under way at a time: some compilers do not unroll by themselves.
      text.openLoop(`for (; ${index} + ${unrolled - 1} * step < end; ${index} += ${unrolled} * step) {`);
      for (let k = 0; k < unrolled; k++) {
        text.open("{");
        text.line(`let at = ${index} + ${k} * step;`);
        turn("at");
        text.close();
      }
      text.closeLoop();
    }
    text.openLoop(`for (; ${index} < end; ${index} += step) {`);
    turn(index);
    text.closeLoop();
  };

  const totals = new Map<number, Total>();
  reductions.forEach((ids, stage) => {
    const ofStage = ids.map((id): Total => {
      const { op, dtype } = graph.nodes[id] as Reduction;
      const total = { name: `total${totals.size}`, op, dtype };
      totals.set(id, total);
      text.line(`var ${total.name} = ${foldIdentity(op, dtype, text)};`);
      return total;
    });
    forTerms(rootsOf(ids), (values) => {
      ofStage.forEach(({ name, op, dtype }, k) => {
        text.line(`${name} = ${foldTwo(op, dtype, name, values[k]!)};`);
      });
    });
    const shared = foldInWorkgroup(text, ofStage, lanes, `${stage}`);
    if (stage === reductions.length - 1 && wide.length === 0) return;
    ids.forEach((id, k) => {
      const { name, dtype } = ofStage[k]!;
      text.line(`${name} = ${shared[k]}[column];`);
      // What uses a sum sees what is stored of it.
      const value = dtype === "f16" ? text.let(`half(${name})`) : name;
      text.name(builder.build(id, coordinatesOf(graph.nodes[id]!.shape, rank)), value);
    });
  });
  if (wide.length > 0) {
    forTerms(rootsOf(wide), (values) => {
      const l = text.let(expressions.form(element));
      wide.forEach((id, k) => {
        const { dtype } = graph.nodes[id]!;
        text.line(`${placeOf(text, id, l, over, graph, context)} = ${storedValue(values[k]!, dtype)};`);
      });
    });
  }

  const scratch = new Map(
    parts === 1 ? [] : [...totals.keys()].map((id) => [partsBinding(id), context.scratch(parts * count * 4)]),
  );
  text.open(`if (lane == 0 && output < ${outputCount}) {`);
  for (const [id, { name, dtype }] of totals) {
    if (parts === 1) text.line(`${text.bind(id, dtype, "write")}[o] = ${storedValue(name, dtype)};`);
    else
      text.line(
        `${text.bind(partsBinding(id), partType(dtype), "write")}[part * ${outputCount} + o] = ${name};`,
      );
  }
  if (uses.length > 0) {
    text.line("let l = o;");
    const names = new Map([...totals].map(([id, { name }]) => [id, name]));
    writeFromTotals(text, first.shape, uses, names, over, graph, home, context);
  }
  text.close();

  const step = text.step(
    `reduce ${outputs.map((id) => graph.nodes[id]!.op).join("+")}`,
    spread(Math.ceil(count / columns) * parts, context.traits),
    (node) => scratch.get(node) ?? context.value(node),
    togetherSize,
  );
  if (parts > 1) {
    for (const id of totals.keys())
      context.leaveParts(id, { resource: scratch.get(partsBinding(id))!, rows: parts });
  }
  return step;
}

/** How many expressions there are. */
function countOf(roots: readonly Expression[]): number {
  let count = 0;
  walk(roots, () => {
    count++;
  });
  return count;
}
