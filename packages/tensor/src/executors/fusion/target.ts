import type { Shape } from "../../shape.js";
import type { Reduction } from "./reduction.js";

/** How the terms of each output of a reduction are shared out. */
export interface Shares {
  /** The results that are left in memory per output, each of some of the terms; one is the output itself. */
  readonly parts: number;
  /** The invocations of a workgroup that add up one part together, a power of two; one, and each works for itself. */
  readonly lanes: number;
}

/** What fusion asks of who runs the kernels. */
export interface FusionTarget {
  /** The most values that one kernel reads and writes. */
  readonly maxBuffers: number;
  /** Whether a GPU runs them: a kernel of few elements costs what its dispatch costs there. */
  readonly gpu: boolean;
  /** How the terms of a reduction of an operand are shared out. */
  sharesOf(node: Reduction, operand: Shape): Shares;
}
