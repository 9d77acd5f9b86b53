import bindingsPart from "../../../../../../shaders/tileBindings.wgsl?raw";
import fetchFirstPart from "../../../../../../shaders/tileFetchFirst.wgsl?raw";
import fetchNextPart from "../../../../../../shaders/tileFetchNext.wgsl?raw";
import mainPart from "../../../../../../shaders/tileMain.wgsl?raw";
import matrixPart from "../../../../../../shaders/tileMatrixB.wgsl?raw";
import subgroupMatrixPart from "../../../../../../shaders/tileSubgroupMatrix.wgsl?raw";
import thinPart from "../../../../../../shaders/tileThin.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { AdapterTraits, SubgroupMatrix } from "../device/adapterTraits.js";
import type { BindingKind } from "../device/kernelSource.js";
import {
  type ElementTypes,
  elementConstants,
  elementKey,
  elementLabel,
  elementParts,
} from "./contractionElements.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { type Constants, preprocess } from "./preprocess.js";
import { parameterWords, type Shader } from "./shader.js";
import type { Kernel, LoweringContext, Resource, Step, Store } from "./step.js";

/** The tile of a workgroup of 256: rows by columns, with 4 * rowGroups by 4 * columnGroups elements per invocation. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly rowGroups: number;
  readonly columnGroups: number;
  /** Computed with subgroup matrices. */
  readonly matrices?: true;
  /** For results that have no more columns: by dot products. */
  readonly thin?: true;
}

const small: Tile = { rows: 64, columns: 64, rowGroups: 1, columnGroups: 1 };
const large: Tile = { rows: 128, columns: 128, rowGroups: 2, columnGroups: 2 };
const narrow: Tile = { rows: 128, columns: 32, rowGroups: 1, columnGroups: 1 };
const tall: Tile = { rows: 128, columns: 64, rowGroups: 2, columnGroups: 1 };
const broad: Tile = { rows: 64, columns: 128, rowGroups: 1, columnGroups: 2 };
/** An invocation has four rows. */
const thin: Tile = { rows: 64, columns: 4, rowGroups: 1, columnGroups: 1, thin: true };

const nameOf = ({ rows, columns, matrices }: Tile): string =>
  `${matrices ? "matrices " : ""}${rows}x${columns}`;
const plainTiles = [small, large, narrow, tall, broad];
const withMatrices = (tile: Tile): Tile => ({ ...tile, matrices: true });
const tilesByName: ReadonlyMap<string, Tile> = new Map(
  [...plainTiles, thin, ...plainTiles.map(withMatrices)].map((tile) => [nameOf(tile), tile]),
);

const threads = 256;
/** k per turn of tiles with matrices, and of thin ones: four per invocation of a row. */
const [matrixDepth, thinDepth] = [32, 64];

/** What a tile of sums in f32 takes of workgroup memory with so many k per turn; lines are padded by a vector. */
const plainBytes = ({ rows, columns }: Tile, depthStep: number): number =>
  16 * depthStep * (rows / 4 + 1 + columns / 4 + 1);

/** k per turn; fewer where there is little workgroup memory, rather than a smaller tile. */
function depthStepOf(tile: Tile, { limits }: AdapterTraits): number {
  if (tile.thin) return thinDepth;
  if (tile.matrices) return matrixDepth;
  return plainBytes(tile, 16) <= limits.maxComputeWorkgroupStorageSize ? 16 : 8;
}
/** Workgroups that keep a large GPU busy; fewer tiles are split over k, into parts of at least so many k. */
const wantedWorkgroups = 256;
const fewestDepth = 256;
/** From so many k on, a larger tile that has to be split gains more than the pass over its parts costs. */
const fewestSplitDepth = 2048;

/** How the subgroups of a workgroup share a tile: `gridRows` x `gridColumns` of them, with so many matrices each. */
interface MatrixGrid {
  readonly gridRows: number;
  readonly gridColumns: number;
  readonly blockRows: number;
  readonly blockColumns: number;
}

/** Undefined where the matrices do not fill the tile. */
function matrixGrid(tile: Tile, matrix: SubgroupMatrix, subgroupSize: number): MatrixGrid | undefined {
  const gridColumns = 2;
  const gridRows = threads / subgroupSize / gridColumns;
  const blockRows = tile.rows / gridRows / matrix.rows;
  const blockColumns = tile.columns / gridColumns / matrix.columns;
  // Lines of the tiles are vectors of four and aligned to 16 bytes.
  const aligned = matrix.rows % 8 === 0 && matrix.columns % 8 === 0 && matrix.depth % 8 === 0;
  const whole = [gridRows, blockRows, blockColumns, matrixDepth / matrix.depth].every(
    (count) => Number.isInteger(count) && count > 0,
  );
  return aligned && whole ? { gridRows, gridColumns, blockRows, blockColumns } : undefined;
}

/** Whether a product of halves can take the tile on an adapter with subgroup matrices. */
const takesMatrices = (tile: Tile, { subgroupMatrix, subgroupSize }: AdapterTraits): boolean =>
  subgroupMatrix !== undefined &&
  subgroupSize > 0 &&
  matrixGrid(tile, subgroupMatrix, subgroupSize) !== undefined;

function workgroupBytes(tile: Tile, traits: AdapterTraits): number {
  const { rows, columns, matrices } = tile;
  if (tile.thin) return 16 * (threads + 1);
  if (!matrices) return plainBytes(tile, depthStepOf(tile, traits));
  const { subgroupMatrix, subgroupSize } = traits;
  // Whichever way a tile lies, with the longer padding; and a matrix of sums per subgroup.
  const line = (extent: number): number =>
    2 * Math.max(matrixDepth * (extent + 8), extent * (matrixDepth + 8));
  const sums = subgroupMatrix
    ? (4 * threads * subgroupMatrix.rows * subgroupMatrix.columns) / subgroupSize
    : 0;
  return line(rows) + line(columns) + sums;
}

/** A matrix product per item (a phase, a matrix of a batch): what decides about the tile and the split. */
export interface TiledProduct {
  readonly label: string;
  readonly shader: Shader;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly items: number;
  /** Whether four elements fetched at once are neighbours in k; otherwise in rows (of a) or columns (of b). */
  readonly aAlongK: boolean;
  readonly bAlongK: boolean;
  /** Innermost extents of a, b and the result: multiples of four are read and written in vectors. */
  readonly innermost: readonly [number, number, number];
  readonly operands: readonly [Resource, Resource];
  /** The node whose value the product is. */
  readonly id: number;
  /** Of the operands and of the result. */
  readonly dtype: DType;
  /** Elements of the result. */
  readonly count: number;
  readonly flops: number;
  /** The kernel's parameters but for `rows` and `columns`, and for the split of k: `depthPerPart` and `parts`. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** The rule that holds where nothing was measured. */
function ruleFor(product: TiledProduct, traits: AdapterTraits): Tile {
  // Software adapters that have no storage textures, as browsers' are, take minutes for what tiles do in seconds.
  if (traits.kind !== "software" && isThin(product)) return thin;
  const plain = plainRuleFor(product, traits);
  const matrices = withMatrices(plain);
  const fits = workgroupBytes(matrices, traits) <= traits.limits.maxComputeWorkgroupStorageSize;
  return product.dtype === "f16" && takesMatrices(matrices, traits) && fits ? matrices : plain;
}

/** Whether a product has so few columns that tiles would be empty, and k enough for all invocations of a row. */
const isThin = ({ columns, depth }: TiledProduct): boolean => columns <= thin.columns && depth >= thinDepth;

function plainRuleFor({ rows, columns, depth, items }: TiledProduct, traits: AdapterTraits): Tile {
  if (columns <= narrow.columns) return narrow;
  const tile = columns <= tall.columns ? tall : large;
  const tiles = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * items;
  const workgroups = depth >= fewestSplitDepth ? tiles * Math.max(1, splitsOf(tiles, depth)) : tiles;
  const fits = workgroupBytes(tile, traits) <= traits.limits.maxComputeWorkgroupStorageSize;
  // Tiles that stick out over the edge compute nothing there.
  const used = (rows * columns * items) / (tiles * tile.rows * tile.columns);
  return fits && workgroups >= wantedWorkgroups / 2 && used > 0.7 ? tile : small;
}

/** Into how many parts k can be split so that workgroups become as many as are wanted; less than two: not at all. */
const splitsOf = (tiles: number, depth: number): number =>
  Math.min(Math.floor(wantedWorkgroups / tiles), Math.floor(depth / fewestDepth));

function chooseTile(product: TiledProduct, { traits, tiles }: LoweringContext): Tile {
  const { label, rows, columns, depth, items, dtype } = product;
  const fitting = [...tilesByName.values()].filter(
    (tile) =>
      workgroupBytes(tile, traits) <= traits.limits.maxComputeWorkgroupStorageSize &&
      (!tile.thin || columns <= tile.columns) &&
      (!tile.matrices || (dtype === "f16" && takesMatrices(tile, traits))),
  );
  const name = tiles.choose({
    product: `${label} ${rows}x${columns}x${depth}${items > 1 ? ` x${items}` : ""} ${dtype}`,
    candidates: fitting.map(nameOf),
    rule: nameOf(ruleFor(product, traits)),
  });
  return tilesByName.get(name)!;
}

const operands: readonly BindingKind[] = ["read", "read"];
const kernels: Map<string, Kernel> = new Map();

function matrixConstants(tile: Tile, { subgroupMatrix, subgroupSize }: AdapterTraits): Constants {
  const grid = subgroupMatrix && matrixGrid(tile, subgroupMatrix, subgroupSize);
  if (!grid) throw new Error(`contractionTiles: no subgroup matrices fill the tile ${nameOf(tile)}`);
  return {
    M: subgroupMatrix.rows,
    N: subgroupMatrix.columns,
    K: subgroupMatrix.depth,
    SUBGROUP: subgroupSize,
    GRID_ROWS: grid.gridRows,
    GRID_COLUMNS: grid.gridColumns,
    BLOCK_ROWS: grid.blockRows,
    BLOCK_COLUMNS: grid.blockColumns,
  };
}

function tiledKernel(
  product: TiledProduct,
  tile: Tile,
  types: ElementTypes,
  store: Store,
  traits: AdapterTraits,
): Kernel {
  const matrices = tile.matrices ? matrixConstants(tile, traits) : {};
  const depthStep = depthStepOf(tile, traits);
  const subgroup = traits.asksForSubgroups ? traits.subgroupSize : 0;
  const vectors = product.innermost.map((extent) => (extent % 4 === 0 ? 1 : 0));
  // A thin kernel computes the columns that there are.
  const used = tile.thin ? product.columns : 0;
  const key = `${product.label} ${nameOf(tile)} ${depthStep} ${used} ${vectors} ${elementKey(types)} ${Object.values(matrices)} ${subgroup} ${store.code}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const constants = {
      ROWS: tile.rows,
      COLUMNS: tile.columns,
      ROW_GROUPS: tile.rowGroups,
      COLUMN_GROUPS: tile.columnGroups,
      DEPTH: depthStep,
      A_FETCHES: (tile.rows * depthStep) / 1024,
      B_FETCHES: tile.thin ? 0 : Math.ceil((tile.columns * depthStep) / 1024),
      LANES: depthStep / 4,
      USED: used,
      A_ALONG_K: product.aAlongK ? 1 : 0,
      B_ALONG_K: product.bAlongK ? 1 : 0,
      A_VECTORS: vectors[0]!,
      B_VECTORS: vectors[1]!,
      RESULT_VECTORS: vectors[2]!,
      ...elementConstants(types, store, tile.matrices, subgroup),
      ...matrices,
    };
    const parts = {
      tileBindings: bindingsPart,
      tileMain: tile.thin ? thinPart : tile.matrices ? subgroupMatrixPart : mainPart,
      tileFetchFirst: fetchFirstPart,
      tileFetchNext: fetchNextPart,
      store: store.code,
      tileMatrixB: matrixPart,
      ...elementParts,
    };
    kernel = {
      label: `${product.label} ${nameOf(tile)}${elementLabel(types)}${store.label}`,
      code: preprocess(product.shader.source, constants, parts),
      bindings: [...operands, ...store.bindings],
    };
    kernels.set(key, kernel);
  }
  return kernel;
}

/** The kernel of a tiled product, which leaves parts where k is split; undefined beyond the grid's limits. */
export function tiledProduct(product: TiledProduct, context: LoweringContext): Step[] | undefined {
  const { rows, columns, depth, items, count, id, dtype } = product;
  const { traits } = context;
  const tile = chooseTile(product, context);
  const columnTiles = Math.ceil(columns / tile.columns);
  const rowTiles = Math.ceil(rows / tile.rows);
  const wanted = splitsOf(columnTiles * rowTiles * items, depth);
  const depthStep = depthStepOf(tile, traits);
  const depthPerPart = depthStep * Math.ceil(depth / Math.max(1, wanted) / depthStep);
  const parts = Math.max(1, Math.ceil(depth / depthPerPart));
  const [y, high] = splitGrid(rowTiles, traits);
  const limits = traits.limits;
  if (
    Math.max(columnTiles, high * parts * items) > limits.maxComputeWorkgroupsPerDimension ||
    workgroupBytes(tile, traits) > limits.maxComputeWorkgroupStorageSize ||
    threads > limits.maxComputeInvocationsPerWorkgroup
  ) {
    return undefined;
  }
  const parameters = parameterWords(product.shader, {
    ...product.parameters,
    rows,
    columns,
    depthPerPart,
    parts,
  });
  const store = storeOf(id, 4, context, { count, parts });
  const types: ElementTypes = { operand: dtype, result: parts === 1 ? dtype : "f32" };
  return [
    {
      kind: "dispatch",
      kernel: tiledKernel(product, tile, types, store, traits),
      resources: [...product.operands, ...store.resources],
      parameters,
      workgroups: [columnTiles, y, high * parts * items],
      flops: product.flops,
    },
  ];
}
