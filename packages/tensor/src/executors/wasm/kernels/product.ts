import { get } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { LoopNest } from "./loopNest.js";
import { type ColumnMatrix, clearLastPanel, type Place, packColumns, packedSize } from "./packColumns.js";
import { fewColumns, mostRows, type Panels, panelStretches, panelsOf } from "./panels.js";
import { dotFunction, joinRuns, tileFunction } from "./productTile.js";
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

/** Panels of the packed weights: where columns are few, each is one of a column alone, and the vectors are neighbours along a run. */
function panelsFor(product: Product): Panels {
  const { columns } = product;
  const isAlongRuns = columns <= fewColumns && joinRuns(product).length >= 4;
  return isAlongRuns ? { width: 1, whole: columns, rest: 0 } : panelsOf(columns);
}

/** The weights of one repeat as a matrix. */
function weightsOf(product: Product): ColumnMatrix {
  const { runs, length, along, columnStride } = product;
  const axes = runs.map(({ extent, weights }) => ({ extent, stride: weights }));
  return {
    summed: [...axes, { extent: length, stride: along }],
    columnStride,
    panels: panelsFor(product),
  };
}

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
  const panels = panelsFor(product);
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
                  const extent = [a.tile, b.tile, c.tile] as const;
                  const tile =
                    panels.width === 1
                      ? dotFunction(module, product, extent)
                      : tileFunction(module, product, extent, used);
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
