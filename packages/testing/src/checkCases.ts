import { checkGradients } from "@clidim/autograd/testing";
import { formatShape, leavesWithPaths, type Tensor, type Tree } from "@clidim/tensor";
import fc from "fast-check";
import { runsOr, seeds } from "./arbitraries.js";

/** A function at a point. */
export interface GradientCase {
  /** What it is and how it was made: `conv2d {"out":2,"kernel":[3,1]}`. */
  readonly name: string;
  // Each case has arguments of its own; `checkGradients` hands f those in `inputs`.
  readonly f: (...args: never[]) => unknown;
  readonly inputs: readonly unknown[];
  /** Of the derivatives checked. Default 2. */
  readonly order?: number;
}

/** The name, and the shapes of the inputs. */
function describeCase({ name, inputs }: GradientCase): string {
  const leaves = inputs.flatMap((input) => leavesWithPaths(input as Tree<Tensor>)); // tensors, or trees of them
  const shapes = leaves.map(
    ([path, leaf]) => `${path}${path && " "}${leaf.dtype} ${formatShape(leaf.shape)}`,
  );
  return `${name} at ${shapes.join(", ")}`;
}

/**
 * Checks the gradients of random cases: `usual` of them, or as many as the environment asks for. A failure names the smallest case found,
 * the shapes, the seed, and the worst element.
 */
export function checkCases(cases: fc.Arbitrary<GradientCase>, usual = 2): void {
  const printed = cases.map((drawn) => ({ ...drawn, [fc.toStringMethod]: () => describeCase(drawn) }));
  const property = fc.property(printed, seeds, (drawn, seed) => {
    const { f, inputs, order = 2 } = drawn;
    try {
      checkGradients(f as (...args: readonly unknown[]) => unknown, inputs, { seed, order, projections: 1 });
    } catch (cause) {
      throw new Error(`${describeCase(drawn)}, seed ${seed}:\n${(cause as Error).message}`, { cause });
    }
  });
  fc.assert(property, { ...runsOr(usual), includeErrorInReport: true });
}
