import type { Callable, Code } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { branchIf, end, f32, f32x4, get, i32, loop, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { vectorsFor } from "./panels.js";
import { loadFirst } from "./vectorLoads.js";

/** Pixels per turn of the innermost loop. */
const unrolled = 4;

export interface PixelSums {
  /** Neighbouring elements of x, and columns of y in a panel of `width`. */
  readonly rows: number;
  readonly used: number;
  readonly width: number;
  readonly pixels: readonly [vertical: number, horizontal: number];
  /** Elements of x from one pixel of y to the next. */
  readonly steps: readonly [vertical: number, horizontal: number];
  /** Elements of the result from one row to the next. */
  readonly between: number;
}

/** Parameters of the functions: addresses of x, of a panel of y, and of the result. */
const [source, packed, target] = [0, 1, 2] as const;
const signature = { parameters: ["i32", "i32", "i32"], results: [] } as const;

/** Goes over all pixels: `add` adds the products of the one that is so many further than the local `place` and than the panel. */
function overPixels(
  f: FunctionBuilder,
  { width, pixels, steps }: PixelSums,
  add: (code: Code, place: number, further: number) => void,
): void {
  const [place, count] = [f.local("i32"), f.local("i32")];
  const turn = (code: Code, length: number): void => {
    for (let k = 0; k < length; k++) add(code, place, k);
    code.add(get(place), i32.const(4 * length * steps[1]), i32.add, set(place));
    code.add(get(packed), i32.const(4 * length * width), i32.add, set(packed));
  };
  f.code.add(loop, get(source), set(place));
  f.times(f.code, Math.floor(pixels[1] / unrolled), (code) => turn(code, unrolled));
  if (pixels[1] % unrolled > 0) turn(f.code, pixels[1] % unrolled);
  f.code.add(get(source), i32.const(4 * steps[0]), i32.add, set(source));
  f.code.add(get(count), i32.const(1), i32.add, set(count));
  f.code.add(get(count), i32.const(pixels[0]), i32.lt_s, branchIf(0), end);
}

/** Adds the first `lanes` of a local to elements of the result that are `apart`. */
function addLanes(code: Code, offset: number, total: number, lanes: number, apart: number): void {
  if (lanes === 4 && apart === 1) {
    code.add(get(target), get(target), v128.load(offset), get(total), f32x4.add, v128.store(offset));
    return;
  }
  for (let lane = 0; lane < lanes; lane++) {
    const at = offset + 4 * lane * apart;
    code.add(get(target), get(target), f32.load(at), get(total), f32x4.extract_lane(lane));
    code.add(f32.add, f32.store(at));
  }
}

const nameOf = ({ rows, used, width, pixels, steps, between }: PixelSums): string =>
  `${pixels} by ${steps}, ${rows} rows, ${used} of ${width} columns, ${between} apart`;

/** The function that adds sums over pixels to some elements of the result: vectors are columns. */
export function sumOverPixels(module: ModuleBuilder, sums: PixelSums): Callable {
  const { rows, used, width, steps, between } = sums;
  const vectors = vectorsFor(used);
  return module.helper(`pixels ${nameOf(sums)}`, signature, (f) => {
    const totals = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local("v128")));
    const gradients = Array.from({ length: vectors }, () => f.local("v128"));
    const value = f.local("v128");
    overPixels(f, sums, (code, place, further) => {
      gradients.forEach((local, v) => {
        code.add(get(packed), v128.load(4 * (further * width + 4 * v)), set(local));
      });
      totals.forEach((row, r) => {
        code.add(get(place), v128.load32_splat(4 * (further * steps[1] + r)), set(value));
        row.forEach((total, v) => {
          code.add(get(total), get(value), get(gradients[v]!), f32x4.mul, f32x4.add, set(total));
        });
      });
    });
    totals.forEach((row, r) => {
      row.forEach((total, v) => {
        addLanes(f.code, 4 * (r * between + 4 * v), total, Math.min(4, used - 4 * v), 1);
      });
    });
  });
}

/** The same of one column: vectors are neighbouring rows. */
export function rowSumsOverPixels(module: ModuleBuilder, sums: PixelSums): Callable {
  const { rows, steps, between } = sums;
  const lanes = Array.from({ length: vectorsFor(rows) }, (_, v) => Math.min(4, rows - 4 * v));
  return module.helper(`pixels of ${nameOf(sums)}`, signature, (f) => {
    const totals = lanes.map(() => f.local("v128"));
    const gradient = f.local("v128");
    overPixels(f, sums, (code, place, further) => {
      code.add(get(packed), v128.load32_splat(4 * further), set(gradient));
      totals.forEach((total, v) => {
        code.add(get(total), loadFirst(place, 4 * (further * steps[1] + 4 * v), lanes[v]!), get(gradient));
        code.add(f32x4.mul, f32x4.add, set(total));
      });
    });
    totals.forEach((total, v) => {
      addLanes(f.code, 16 * v * between, total, lanes[v]!, between);
    });
  });
}
