import { formatShape, full, moveAxis, type Tensor } from "@clidim/tensor";
import { describe, expectOptions, show } from "@clidim/tensor/expect";
import { spread } from "./batching/rule.js";
import { Vectorizer } from "./batching/vectorizer.js";
import { expectFunction } from "./expectFunction.js";
import { expectSynchronous } from "./expectSynchronous.js";
import { leavesOf } from "./leaves.js";
import { type AxesOf, axesAlong } from "./mappedAxes.js";

export interface VmapOptions<A extends readonly unknown[], R> {
  /**
   * Which axes of the arguments count the examples: one for all arguments, or an array with an entry per argument, each an axis, null for what all examples share, or a tree of the
   * argument's structure. Default 0.
   */
  readonly inAxes?: number | { readonly [K in keyof A]: AxesOf<A[K]> };
  /** Where the results have the examples, as for arguments; null for a result that is the same for all. Default 0. */
  readonly outAxes?: AxesOf<R>;
  /** How many examples there are, where no argument says it. */
  readonly axisSize?: number;
}

/** A leaf of an argument, and what it is to the examples. */
interface Place {
  readonly leaf: Tensor;
  readonly axis: number | null;
  readonly argument: number;
}

/**
 * `f`, which is written for one example, for all examples of a batch at once: every operation becomes one operation on all, whatever it is, and nothing is repeated in a loop. Arguments and value
 * are trees of tensors; an argument that is null in `inAxes` may be anything. What `f` closes over is the same for all examples. Inside `f`, the axis of the examples is not there.
 *
 * `grad`, `jvp` and `vmap` itself may be inside `f` and around what `vmap` returns. A key that all examples share gives all of them the same numbers; a batch of keys gives each its own,
 * those that the example would draw alone: `vmap((i) => foldIn(key, i))(arange(n, "u32"))`.
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions<A, R> = {},
): (...args: A) => R {
  expectFunction("vmap", f);
  expectOptions("vmap", options, ["inAxes", "outAxes", "axisSize"], "vmap(f, { inAxes: [0, null] })");
  const { inAxes = 0, outAxes = 0, axisSize } = options;
  if (inAxes === null)
    throw new Error("vmap: inAxes is null, so that no argument is mapped; give one an axis");
  return (...args) => {
    const perArgument = inAxesOf(inAxes, args);
    const places = args.map((arg, argument): Place[] => {
      const axes = perArgument[argument];
      // What all examples share need not be a tree of tensors.
      if (axes === null) return [];
      const place = `argument ${argument}`;
      const { leaves } = leavesOf("vmap", place, arg);
      const along = axesAlong("inAxes", place, arg, axes);
      return leaves.map((leaf, i) => ({ leaf, argument, axis: resolveAxis("inAxes", along[i]!, leaf) }));
    });
    const size = sizeOfBatch(places.flat(), axisSize);
    const vectorizer = new Vectorizer(size);
    const examples = args.map((arg, argument) => {
      if (perArgument[argument] === null) return arg;
      return leavesOf("vmap", `argument ${argument}`, arg).rebuild(
        places[argument]!.map(({ leaf, axis }) =>
          axis === null ? leaf : vectorizer.example(moveAxis(leaf, axis, 0)),
        ),
      );
    });
    // The same arguments, but for those that are mapped, which have kept their structure.
    const value = f(...(examples as unknown as A));
    expectSynchronous("vmap", "the function", value, "it is mapped");
    const { leaves, rebuild } = leavesOf("vmap", "the value", value);
    const axes = axesAlong("outAxes", "the value", value, outAxes);
    const mapped = vectorizer.map(leaves);
    return rebuild(
      leaves.map((leaf, i) => {
        const axis = axes[i]!;
        if (axis === null) {
          if (!mapped[i]!.batched) return mapped[i]!.tensor;
          throw new Error(
            `vmap: outAxes has null for a result ${describe(leaf)} that differs from example to example; give it an axis, or reduce over the examples outside`,
          );
        }
        const all = size === 0 ? full([0, ...leaf.shape], 0, leaf.dtype) : spread(mapped[i]!, size);
        return moveAxis(all, 0, resolveAxis("outAxes", axis, all));
      }),
    );
  };
}

/** The axes of each argument. */
function inAxesOf(inAxes: unknown, args: readonly unknown[]): readonly unknown[] {
  if (typeof inAxes === "number") return args.map(() => inAxes);
  if (!Array.isArray(inAxes)) {
    throw new Error(
      `vmap: inAxes must be an axis, or an array with an entry per argument, got ${show(inAxes)}; write vmap(f, { inAxes: [0, null] })`,
    );
  }
  if (inAxes.length !== args.length) {
    throw new Error(
      `vmap: inAxes has ${inAxes.length} entries, but the function was called with ${args.length} arguments; give one per argument`,
    );
  }
  return inAxes;
}

function resolveAxis<Axis extends number | null>(option: string, axis: Axis, x: Tensor): Axis;
function resolveAxis(option: string, axis: number | null, x: Tensor): number | null {
  if (axis === null) return null;
  const rank = x.shape.length;
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new Error(
      rank === 0
        ? `vmap: ${option} has axis ${axis} for a scalar ${describe(x)}, which has none; null says that all examples share it`
        : `vmap: ${option} has axis ${axis}, which is out of range for ${describe(x)}; use ${-rank} to ${rank - 1}`,
    );
  }
  return resolved;
}

/** The number of examples, on which all mapped leaves agree. */
function sizeOfBatch(places: readonly Place[], axisSize: number | undefined): number {
  if (axisSize !== undefined && (!Number.isInteger(axisSize) || axisSize < 0)) {
    throw new Error(`vmap: axisSize must be a whole number, got ${show(axisSize)}`);
  }
  const found = places.flatMap(({ leaf, axis, argument }) =>
    axis === null
      ? []
      : [
          {
            extent: leaf.shape[axis]!,
            where: `${leaf.shape[axis]} on axis ${axis} of argument ${argument} ${formatShape(leaf.shape)}`,
          },
        ],
  );
  const size = axisSize ?? found[0]?.extent;
  if (size === undefined) {
    throw new Error(
      "vmap: no argument is mapped, so that nothing says how many examples there are; give an axis in inAxes, or axisSize",
    );
  }
  const other = found.find(({ extent }) => extent !== size);
  if (other) {
    const first = axisSize === undefined ? found[0]!.where : `axisSize ${axisSize}`;
    throw new Error(
      `vmap: there must be one number of examples, got ${first} and ${other.where}; null in inAxes says that all examples share an argument`,
    );
  }
  return size;
}
