import type { DType } from "../../../dtype.js";
import type { ReductionName } from "../../fusion/reduction.js";
import { foldTwo } from "./fold.js";
import type { KernelText } from "./kernelText.js";
import { togetherSize } from "./shareOut.js";
import { valueType } from "./valueTypes.js";

/** Whether neighbouring invocations of a workgroup work for one output, or each for its own. */
type Neighbours = "lanes" | "columns";

/**
 * Prints which output of its workgroup's and which of those that share it an invocation is: `column` and `lane`. A workgroup of `togetherSize` has as many columns as
 * `lanes` leave.
 */
export function locateLane(text: KernelText, lanes: number, neighbours: Neighbours): void {
  const [inner, outer] = neighbours === "lanes" ? ["lane", "column"] : ["column", "lane"];
  const count = neighbours === "lanes" ? lanes : togetherSize / lanes;
  text.line(`let ${inner} = i32(local) & ${text.parameter(count - 1, "i32")};`);
  text.line(`let ${outer} = i32(local) >> ${text.parameter(Math.log2(count), "u32")};`);
}

/** A variable of every invocation. */
export interface Total {
  readonly name: string;
  readonly op: ReductionName;
  readonly dtype: DType;
}

/**
 * Prints how the lanes of each column fold what they have in the variables `totals`, halves onto halves, so that the order is the same on every run; afterwards lane 0 has the results. Returns
 * the names of arrays, in whose element `column` all lanes find them. `stage` tells more than one in a kernel apart.
 * All invocations of the workgroup have to come here.
 */
export function foldInWorkgroup(
  text: KernelText,
  totals: readonly Total[],
  lanes: number,
  stage = "",
): string[] {
  const columns = text.parameter(togetherSize / lanes, "i32");
  const shared = totals.map(({ dtype }) => text.share(valueType[dtype], togetherSize));
  text.line(`let slot${stage} = lane * ${columns} + column;`);
  totals.forEach(({ name }, k) => {
    text.line(`${shared[k]}[slot${stage}] = ${name};`);
  });
  text.line("workgroupBarrier();");
  text.open(`for (var half = ${togetherSize / 2}; half >= ${columns}; half /= 2) {`);
  text.open(`if (slot${stage} < half) {`);
  totals.forEach(({ name, op, dtype }, k) => {
    text.line(`${name} = ${foldTwo(op, dtype, name, `${shared[k]}[slot${stage} + half]`)};`);
    text.line(`${shared[k]}[slot${stage}] = ${name};`);
  });
  text.close();
  text.line("workgroupBarrier();");
  text.close();
  return shared;
}
