import type { Callable, Code } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { f32, f32x4, get, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { advance } from "./advance.js";
import { vectorsFor } from "./panels.js";
import { loadFirst } from "./vectorLoads.js";

export interface PixelSums {
  /** Neighbouring elements of x, and columns of y in a panel of `width`. */
  readonly rows: number;
  readonly used: number;
  readonly width: number;
  readonly pixels: readonly [images: number, vertical: number, horizontal: number];
  /** Elements of x from one pixel of y to the next. */
  readonly steps: readonly [images: number, vertical: number, horizontal: number];
  /** Elements of the result from one row to the next. */
  readonly between: number;
}

/** Parameters of the functions: addresses of x, of a panel of y, and of the result. */
const [source, packed, target] = [0, 1, 2] as const;
const signature = { parameters: ["i32", "i32", "i32"], results: [] } as const;

/** Goes over all pixels: `add` adds the products of the one at the local `place` and at the beginning of the panel. A turn is one pixel, as of `tileFunction` one element. */
function overPixels(
  f: FunctionBuilder,
  { width, pixels, steps }: PixelSums,
  add: (code: Code, place: number) => void,
): void {
  const [row, place] = [f.local("i32"), f.local("i32")];
  f.times(f.code, pixels[0], (inImage) => {
    inImage.add(get(source), set(row));
    f.times(inImage, pixels[1], (inRow) => {
      inRow.add(get(row), set(place));
      f.times(inRow, pixels[2], (code) => {
        add(code, place);
        advance(code, place, 4 * steps[2]);
        advance(code, packed, 4 * width);
      });
      advance(inRow, row, 4 * steps[1]);
    });
    advance(inImage, source, 4 * steps[0]);
  });
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
  const { rows, used, between } = sums;
  const vectors = vectorsFor(used);
  return module.helper(`pixels ${nameOf(sums)}`, signature, (f) => {
    const totals = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local("v128")));
    const gradients = Array.from({ length: vectors }, () => f.local("v128"));
    const value = f.local("v128");
    overPixels(f, sums, (code, place) => {
      gradients.forEach((local, v) => {
        code.add(get(packed), v128.load(16 * v), set(local));
      });
      totals.forEach((row, r) => {
        code.add(get(place), v128.load32_splat(4 * r), set(value));
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
  const { rows, between } = sums;
  const lanes = Array.from({ length: vectorsFor(rows) }, (_, v) => Math.min(4, rows - 4 * v));
  return module.helper(`pixels of ${nameOf(sums)}`, signature, (f) => {
    const totals = lanes.map(() => f.local("v128"));
    const gradient = f.local("v128");
    overPixels(f, sums, (code, place) => {
      code.add(get(packed), v128.load32_splat(0), set(gradient));
      totals.forEach((total, v) => {
        code.add(get(total), loadFirst(place, 16 * v, lanes[v]!), get(gradient));
        code.add(f32x4.mul, f32x4.add, set(total));
      });
    });
    totals.forEach((total, v) => {
      addLanes(f.code, 16 * v * between, total, lanes[v]!, between);
    });
  });
}
