import type { Callable, Code } from "../module/code.js";
import { f32x4, get, i32, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { LoopNest } from "./loopNest.js";
import { type ColumnMatrix, clearLastPanel, type Place, packColumns, packedSize } from "./packColumns.js";
import { mostRows, panelStretches, panelsOf, vectorsFor } from "./panels.js";
import { chooseTile, stretchesOf } from "./tiles.js";

/** Steps along an axis, in elements. */
export interface Steps {
  readonly extent: number;
  readonly source: number;
  readonly target: number;
}

/** How far apart the elements are that are added up along an axis. */
export interface SumSteps {
  readonly extent: number;
  readonly source: number;
  readonly weights: number;
}

/**
 * Sums of products: target[r, row, column] = sum over runs of source[r, row + run] * weights[r, run, column]. Rows are elements along three axes, columns lie side by side in the target; a run is
 * elements that lie side by side in the source, and there is one at each step of two axes. All numbers are elements.
 */
export interface Product {
  /** The same again with other operands: groups, or matrices of a batch. */
  readonly repeats: Steps & { readonly weights: number };
  readonly rows: readonly [Steps, Steps, Steps];
  readonly runs: readonly [SumSteps, SumSteps];
  readonly length: number;
  /** How far apart the weights of a run are. */
  readonly along: number;
  readonly columns: number;
  readonly columnStride: number;
  readonly starts: { readonly source: number; readonly weights: number; readonly target: number };
}

/** Elements of a run per turn of the innermost loop. */
const unrolled = 4;

/** The weights of one repeat as a matrix. */
const weightsOf = ({ runs, length, along, columns, columnStride }: Product): ColumnMatrix => ({
  summed: [
    { extent: runs[0].extent, stride: runs[0].weights },
    { extent: runs[1].extent, stride: runs[1].weights },
    { extent: length, stride: along },
  ],
  columnStride,
  panels: panelsOf(columns),
});

/** Elements of the packed weights of all repeats. */
export const packedWeights = (product: Product): number =>
  product.repeats.extent * packedSize(weightsOf(product));

/** Multiplications of a product. */
export const multiplications = ({ repeats, rows, runs, length, columns }: Product): number =>
  repeats.extent *
  rows[0].extent *
  rows[1].extent *
  rows[2].extent *
  runs[0].extent *
  runs[1].extent *
  length *
  columns;

/** Calls `visit` for the weights of each repeat: where they are, and where they go in panels. */
function forEachRepeat(
  product: Product,
  weights: number,
  packed: Place,
  visit: (matrix: ColumnMatrix, source: Place, target: Place) => void,
): void {
  const matrix = weightsOf(product);
  for (let r = 0; r < product.repeats.extent; r++) {
    visit(
      matrix,
      { base: weights, start: product.starts.weights + r * product.repeats.weights },
      { base: packed.base, start: packed.start + r * packedSize(matrix) },
    );
  }
}

/** Writes zeros where the packed weights have no column. */
export const clearWeights = (nest: LoopNest, product: Product, packed: Place): void =>
  forEachRepeat(product, 0, packed, (matrix, _source, target) =>
    clearLastPanel(nest, nest.f.code, matrix, target),
  );

/** Packs the weights. */
export const packWeights = (nest: LoopNest, product: Product, weights: number, packed: Place): void =>
  forEachRepeat(product, weights, packed, (matrix, source, target) =>
    packColumns(nest, nest.f.code, matrix, source, target),
  );

/** Adds the code of a product whose weights are packed: each tile of rows and panel of columns is computed by a function. The locals are parameters. */
export function addProduct(
  module: ModuleBuilder,
  nest: LoopNest,
  product: Product,
  locals: { readonly source: number; readonly target: number },
  packed: Place,
): void {
  const { repeats, rows, runs, length, columns, starts } = product;
  const panels = panelsOf(columns);
  const depth = runs[0].extent * runs[1].extent * length;
  const packedEach = packedSize(weightsOf(product));
  const extents = [rows[0].extent, rows[1].extent, rows[2].extent] as const;
  const [first, second, third] = chooseTile(extents, mostRows(Math.min(columns, panels.width)));
  const axes = { repeat: 0, first: 1, second: 2, panel: 3, third: 4 };
  const panelDepth = depth * panels.width;
  nest.shareOut([
    { axis: axes.repeat, extent: repeats.extent },
    { axis: axes.first, extent: extents[0], step: first },
    { axis: axes.second, extent: extents[1], step: second },
    { axis: axes.third, extent: extents[2], step: third },
    { axis: axes.panel, extent: panels.whole },
  ]);
  nest.loop({ axis: axes.repeat, extent: repeats.extent }, 0, repeats.extent, nest.f.code, (inRepeat) => {
    for (const a of stretchesOf(extents[0], first)) {
      nest.loop({ axis: axes.first, extent: a.count }, 0, a.count, inRepeat, (inFirst) => {
        for (const b of stretchesOf(extents[1], second)) {
          nest.loop({ axis: axes.second, extent: b.count }, 0, b.count, inFirst, (inSecond) => {
            for (const { start, count, used } of panelStretches(panels)) {
              nest.loop({ axis: axes.panel, extent: count }, 0, count, inSecond, (inPanel) => {
                for (const c of stretchesOf(extents[2], third)) {
                  const tile = tileFunction(module, product, [a.tile, b.tile, c.tile], used);
                  const stretches = [a, b, c] as const;
                  const at = (of: "source" | "target"): number =>
                    starts[of] + stretches.reduce((sum, stretch, k) => sum + stretch.start * rows[k]![of], 0);
                  const along = (of: "source" | "target", panel: number): number[] => [
                    4 * repeats[of],
                    4 * a.tile * rows[0][of],
                    4 * b.tile * rows[1][of],
                    4 * panel,
                    4 * c.tile * rows[2][of],
                  ];
                  nest.loop({ axis: axes.third, extent: c.count }, 0, c.count, inPanel, (code) => {
                    const source = nest.sum(along("source", 0), 4 * at("source"), locals.source);
                    const weights = nest.sum(
                      [4 * packedEach, 0, 0, 4 * panelDepth, 0],
                      4 * (packed.start + start * panelDepth),
                      packed.base,
                    );
                    const target = nest.sum(
                      along("target", panels.width),
                      4 * (at("target") + start * panels.width),
                      locals.target,
                    );
                    code.add(get(source), get(weights), get(target)).call(tile);
                  });
                }
              });
            }
          });
        }
      });
    }
  });
}

/** One run for all steps of the second axis, where the next begins at the end of the one before. */
function joinRuns({ runs: [outer, inner], length }: Product): Pick<Product, "runs" | "length"> {
  if (inner.source !== length) return { runs: [outer, inner], length };
  return { runs: [outer, { extent: 1, source: 0, weights: 0 }], length: inner.extent * length };
}

/** The function (source, packed weights, target) that computes the sums of a tile of rows and `used` columns of a panel. */
function tileFunction(
  module: ModuleBuilder,
  product: Product,
  tile: readonly [number, number, number],
  used: number,
): Callable {
  const { rows } = product;
  const { runs, length } = joinRuns(product);
  const { width } = panelsOf(product.columns);
  const vectors = vectorsFor(used);
  const offsets = (of: "source" | "target"): number[] => {
    const all: number[] = [];
    for (let a = 0; a < tile[0]; a++) {
      for (let b = 0; b < tile[1]; b++) {
        for (let c = 0; c < tile[2]; c++) all.push(4 * (a * rows[0][of] + b * rows[1][of] + c * rows[2][of]));
      }
    }
    return all;
  };
  const [from, to] = [offsets("source"), offsets("target")];
  const steps = runs.map(({ extent, source }) => `${extent}:${source}`);
  const name = `tile ${used} of ${width} from ${from} to ${to} runs ${steps} of ${length}`;
  return module.helper(name, { parameters: ["i32", "i32", "i32"], results: [] }, (f) => {
    const [source, packed, target] = [0, 1, 2] as const;
    // Locals are zero when a function begins.
    const sums = from.map(() => Array.from({ length: vectors }, () => f.local("v128")));
    const weights = Array.from({ length: vectors }, () => f.local("v128"));
    const value = f.local("v128");
    const [outer, inner, place] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const advance = (code: Code, local: number, bytes: number): void => {
      if (bytes !== 0) code.add(get(local), i32.const(bytes), i32.add, set(local));
    };
    const turn = (code: Code, elements: number): void => {
      for (let k = 0; k < elements; k++) {
        weights.forEach((local, v) => {
          code.add(get(packed), v128.load(4 * (k * width + 4 * v)), set(local));
        });
        from.forEach((offset, row) => {
          code.add(get(place), v128.load32_splat(offset + 4 * k), set(value));
          weights.forEach((local, v) => {
            const sum = sums[row]![v]!;
            code.add(get(sum), get(value), get(local), f32x4.mul, f32x4.add, set(sum));
          });
        });
      }
      advance(code, place, 4 * elements);
      advance(code, packed, 4 * elements * width);
    };
    f.code.add(get(source), set(outer));
    f.times(f.code, runs[0].extent, (inOuter) => {
      inOuter.add(get(outer), set(inner));
      f.times(inOuter, runs[1].extent, (inInner) => {
        inInner.add(get(inner), set(place));
        f.times(inInner, Math.floor(length / unrolled), (code) => turn(code, unrolled));
        if (length % unrolled > 0) turn(inInner, length % unrolled);
        advance(inInner, inner, 4 * runs[1].source);
      });
      advance(inOuter, outer, 4 * runs[0].source);
    });
    to.forEach((offset, row) => {
      sums[row]!.forEach((sum, v) => {
        storeColumns(f.code, target, offset + 16 * v, sum, Math.min(4, used - 4 * v));
      });
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
