import bindingsPart from "../../../../shaders/tileBindings.wgsl?raw";
import mainPart from "../../../../shaders/tileMain.wgsl?raw";
import matrixPart from "../../../../shaders/tileMatrixB.wgsl?raw";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { splitGrid } from "./contractionGrid.js";
import { sumParts } from "./contractionParts.js";
import { preprocess } from "./preprocess.js";
import type { BindingKind, KernelSource, LoweringContext, Resource, Step } from "./step.js";

/** The tile of a workgroup of 256: rows by columns, with 4 * rowGroups by 4 * columnGroups elements per invocation. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly rowGroups: number;
  readonly columnGroups: number;
}

const small: Tile = { rows: 64, columns: 64, rowGroups: 1, columnGroups: 1 };
const large: Tile = { rows: 128, columns: 128, rowGroups: 2, columnGroups: 2 };
const narrow: Tile = { rows: 128, columns: 32, rowGroups: 1, columnGroups: 1 };

/** k per step through workgroup memory. */
const depthStep = 16;
/** Workgroups that keep a large GPU busy; fewer tiles are split over k, into parts of at least so many k. */
const wantedWorkgroups = 256;
const fewestDepth = 256;

const workgroupBytes = ({ rows, columns }: Tile): number => 16 * depthStep * (rows / 4 + 1 + columns / 4 + 1);

/** A matrix product per item (a phase, a matrix of a batch): what decides about the tile and the split. */
export interface TiledProduct {
  readonly label: string;
  readonly source: string;
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
  readonly result: Resource;
  /** Elements of the result. */
  readonly count: number;
  readonly flops: number;
  /** The kernel's parameters, given the split of k. */
  readonly immediates: (depthPerPart: number, parts: number) => readonly number[];
}

function chooseTile({ rows, columns, items }: TiledProduct, traits: AdapterTraits): Tile {
  if (columns <= narrow.columns) return narrow;
  const largeTiles = Math.ceil(rows / large.rows) * Math.ceil(columns / large.columns) * items;
  const fits = workgroupBytes(large) <= traits.limits.maxComputeWorkgroupStorageSize;
  // Tiles that stick out over the edge compute nothing there.
  const used = (rows * columns * items) / (largeTiles * large.rows * large.columns);
  return fits && largeTiles >= wantedWorkgroups / 2 && used > 0.7 ? large : small;
}

const bindings: readonly BindingKind[] = ["read", "read", "write"];
const kernels: Map<string, KernelSource> = new Map();

function tiledKernel(product: TiledProduct, tile: Tile, words: number): KernelSource {
  const vectors = product.innermost.map((extent) => (extent % 4 === 0 ? 1 : 0));
  const key = `${product.label} ${tile.rows} ${tile.columns} ${vectors}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const constants = {
      ROWS: tile.rows,
      COLUMNS: tile.columns,
      ROW_GROUPS: tile.rowGroups,
      COLUMN_GROUPS: tile.columnGroups,
      DEPTH: depthStep,
      A_FETCHES: (tile.rows * depthStep) / 1024,
      B_FETCHES: Math.ceil((tile.columns * depthStep) / 1024),
      A_ALONG_K: product.aAlongK ? 1 : 0,
      B_ALONG_K: product.bAlongK ? 1 : 0,
      A_VECTORS: vectors[0]!,
      B_VECTORS: vectors[1]!,
      RESULT_VECTORS: vectors[2]!,
    };
    const parts = { tileBindings: bindingsPart, tileMain: mainPart, tileMatrixB: matrixPart };
    kernel = {
      label: `${product.label} ${tile.rows}x${tile.columns}`,
      code: preprocess(product.source, constants, parts),
      bindings,
      immediateSize: 4 * words,
    };
    kernels.set(key, kernel);
  }
  return kernel;
}

/** The steps of a tiled product, with the sum of the parts of k where there is more than one; undefined beyond the grid's limits. */
export function tiledProduct(product: TiledProduct, context: LoweringContext): Step[] | undefined {
  const { rows, columns, depth, items, count, result } = product;
  const { traits } = context;
  const tile = chooseTile(product, traits);
  const columnTiles = Math.ceil(columns / tile.columns);
  const rowTiles = Math.ceil(rows / tile.rows);
  const wanted = Math.min(
    Math.floor(wantedWorkgroups / (columnTiles * rowTiles * items)),
    Math.floor(depth / fewestDepth),
  );
  const depthPerPart = depthStep * Math.ceil(depth / Math.max(1, wanted) / depthStep);
  const parts = Math.max(1, Math.ceil(depth / depthPerPart));
  const [y, high] = splitGrid(rowTiles, traits);
  const limits = traits.limits;
  if (
    Math.max(columnTiles, high * parts * items) > limits.maxComputeWorkgroupsPerDimension ||
    workgroupBytes(tile) > limits.maxComputeWorkgroupStorageSize ||
    256 > limits.maxComputeInvocationsPerWorkgroup
  ) {
    return undefined;
  }
  const immediates = Uint32Array.from(product.immediates(depthPerPart, parts));
  const target = parts === 1 ? result : context.scratch(4 * parts * count);
  const step: Step = {
    kind: "dispatch",
    kernel: tiledKernel(product, tile, immediates.length),
    resources: [...product.operands, target],
    immediates,
    workgroups: [columnTiles, y, high * parts * items],
    flops: product.flops,
  };
  return parts === 1 ? [step] : [step, sumParts(target, result, count, parts, context)];
}
