import type { Code } from "../module/code.js";
import { copyMemory, f32, get, i32, v128 } from "../module/instructions.js";
import type { LoopNest } from "./loopNest.js";

/** Elements along an axis, and how far the next one is, in elements. */
export interface CopiedAxis {
  readonly extent: number;
  readonly source: number;
  readonly target: number;
}

/** Runs of more elements are copied by the instruction for memory. */
const mostUnrolled = 32;

/** Copies elements of four bytes from one arrangement to another, between what begins at two locals that are set when the function begins. */
export function copyElements(
  nest: LoopNest,
  into: Code,
  axes: readonly CopiedAxis[],
  source: { readonly base: number; readonly start: number },
  target: { readonly base: number; readonly start: number },
): void {
  const kept = axes.filter(({ extent }) => extent !== 1);
  const last = kept.at(-1);
  const isRun = last !== undefined && last.source === 1 && last.target === 1;
  const loops = isRun ? kept.slice(0, -1) : kept;
  const places = (of: "source" | "target", base: number, start: number): number =>
    nest.sum(
      loops.map((axis) => 4 * axis[of]),
      4 * start,
      base,
    );
  nest.shareOut(loops.map(({ extent }, axis) => ({ axis, extent })));
  nest.nest(
    loops.map(({ extent }, axis) => ({ axis, extent })),
    into,
    (code) => {
      const [from, to] = [
        places("source", source.base, source.start),
        places("target", target.base, target.start),
      ];
      const length = isRun ? last.extent : 1;
      if (length > mostUnrolled) {
        code.add(get(to), get(from), i32.const(4 * length), copyMemory);
        return;
      }
      let k = 0;
      for (; k + 4 <= length; k += 4) code.add(get(to), get(from), v128.load(4 * k), v128.store(4 * k));
      for (; k < length; k++) code.add(get(to), get(from), f32.load(4 * k), f32.store(4 * k));
    },
  );
}
