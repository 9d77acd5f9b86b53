import type { Callable, Code } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { f32x4, get, i32x4, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { advance } from "./advance.js";
import { panelsOf, vectorsFor } from "./panels.js";
import type { Product } from "./product.js";
import { loadFirst } from "./vectorLoads.js";

/** Rows of a tile along the three axes of a product's rows. */
type Tile = readonly [number, number, number];

/** Bytes from the first row of a tile to each. */
function offsetsOf(rows: Product["rows"], tile: Tile, of: "source" | "target"): number[] {
  const all: number[] = [];
  for (let a = 0; a < tile[0]; a++) {
    for (let b = 0; b < tile[1]; b++) {
      for (let c = 0; c < tile[2]; c++) all.push(4 * (a * rows[0][of] + b * rows[1][of] + c * rows[2][of]));
    }
  }
  return all;
}

/** Goes to the beginning of each run, from the local `source` on, and lets `body` go along it with the local `place`. */
function alongRuns(
  f: FunctionBuilder,
  runs: Product["runs"],
  source: number,
  place: number,
  body: (into: Code) => void,
): void {
  const [outer, inner] = [f.local("i32"), f.local("i32")];
  f.code.add(get(source), set(outer));
  f.times(f.code, runs[0].extent, (inOuter) => {
    inOuter.add(get(outer), set(inner));
    f.times(inOuter, runs[1].extent, (inInner) => {
      inInner.add(get(inner), set(place));
      body(inInner);
      advance(inInner, inner, 4 * runs[1].source);
    });
    advance(inOuter, outer, 4 * runs[0].source);
  });
}

/** One run for all steps of the second axis, where the next begins at the end of the one before. */
export function joinRuns({ runs: [outer, inner], length }: Product): Pick<Product, "runs" | "length"> {
  if (inner.source !== length) return { runs: [outer, inner], length };
  return { runs: [outer, { extent: 1, source: 0, weights: 0 }], length: inner.extent * length };
}

/**
 * The function (source, packed weights, target) that computes the sums of a tile of rows and `used` columns of a panel. A turn of the innermost loop is one element of a run: V8 puts all loads of a
 * turn before what is computed of them, so that several elements would keep more vectors than the processor has registers (`mostRows`).
 */
export function tileFunction(module: ModuleBuilder, product: Product, tile: Tile, used: number): Callable {
  const { rows } = product;
  const { runs, length } = joinRuns(product);
  const { width } = panelsOf(product.columns);
  const vectors = vectorsFor(used);
  const [from, to] = [offsetsOf(rows, tile, "source"), offsetsOf(rows, tile, "target")];
  const steps = runs.map(({ extent, source }) => `${extent}:${source}`);
  const name = `tile ${used} of ${width} from ${from} to ${to} runs ${steps} of ${length}`;
  return module.helper(name, { parameters: ["i32", "i32", "i32"], results: [] }, (f) => {
    const [source, packed, target] = [0, 1, 2] as const;
    // Locals are zero when a function begins.
    const sums = from.map(() => Array.from({ length: vectors }, () => f.local("v128")));
    const weights = Array.from({ length: vectors }, () => f.local("v128"));
    const value = f.local("v128");
    const place = f.local("i32");
    alongRuns(f, runs, source, place, (into) => {
      f.times(into, length, (code) => {
        weights.forEach((local, v) => {
          code.add(get(packed), v128.load(16 * v), set(local));
        });
        from.forEach((offset, row) => {
          code.add(get(place), v128.load32_splat(offset), set(value));
          weights.forEach((local, v) => {
            const sum = sums[row]![v]!;
            code.add(get(sum), get(value), get(local), f32x4.mul, f32x4.add, set(sum));
          });
        });
        advance(code, place, 4);
        advance(code, packed, 4 * width);
      });
    });
    to.forEach((offset, row) => {
      sums[row]!.forEach((sum, v) => {
        storeColumns(f.code, target, offset + 16 * v, sum, Math.min(4, used - 4 * v));
      });
    });
  });
}

/** The function (source, packed weights, target) that computes the sums of a tile of rows and one column: four neighbours along a run are added up apart, and joined at the end. */
export function dotFunction(module: ModuleBuilder, product: Product, tile: Tile): Callable {
  const { rows } = product;
  const { runs, length } = joinRuns(product);
  const [from, to] = [offsetsOf(rows, tile, "source"), offsetsOf(rows, tile, "target")];
  const steps = runs.map(({ extent, source }) => `${extent}:${source}`);
  const name = `dot from ${from} to ${to} runs ${steps} of ${length}`;
  return module.helper(name, { parameters: ["i32", "i32", "i32"], results: [] }, (f) => {
    const [source, packed, target] = [0, 1, 2] as const;
    const sums = from.map(() => f.local("v128"));
    const [weights, place] = [f.local("v128"), f.local("i32")];
    const turn = (code: Code, count: number): void => {
      code.add(loadFirst(packed, 0, count), set(weights));
      sums.forEach((sum, row) => {
        code.add(get(sum), loadFirst(place, from[row]!, count), get(weights));
        code.add(f32x4.mul, f32x4.add, set(sum));
      });
      advance(code, place, 4 * count);
      advance(code, packed, 4 * count);
    };
    alongRuns(f, runs, source, place, (into) => {
      f.times(into, Math.floor(length / 4), (code) => turn(code, 4));
      if (length % 4 > 0) turn(into, length % 4);
    });
    sums.forEach((sum, row) => {
      for (const lanes of [
        [2, 3, 2, 3],
        [1, 1, 1, 1],
      ]) {
        f.code.add(get(sum), get(sum), get(sum), i32x4.shuffle(lanes), f32x4.add, set(sum));
      }
      f.code.add(get(target), get(sum), v128.store32_lane(to[row]!, 0));
    });
  });
}

/** Stores the first `columns` of four at an address. */
function storeColumns(code: Code, address: number, offset: number, value: number, columns: number): void {
  if (columns === 4) {
    code.add(get(address), get(value), v128.store(offset));
    return;
  }
  for (let lane = 0; lane < columns; lane++) {
    code.add(get(address), get(value), v128.store32_lane(offset + 4 * lane, lane));
  }
}
