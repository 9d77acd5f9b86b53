import dividePart from "../../../../../../shaders/divide.wgsl?raw";
import packSource from "../../../../../../shaders/pack.wgsl?raw";
import multiplyPart from "../../../../../../shaders/texelMultiply.wgsl?raw";
import resultPart from "../../../../../../shaders/texelResult.wgsl?raw";
import tilePart from "../../../../../../shaders/texelTile.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import type { BindingKind } from "../device/kernelSource.js";
import {
  type ElementTypes,
  elementConstants,
  elementKernels,
  elementKey,
  elementLabel,
  elementParts,
} from "./contractionElements.js";
import { splitGrid } from "./contractionGrid.js";
import { preprocess } from "./preprocess.js";
import { parameterWords, readShader, type Shader } from "./shader.js";
import type { Kernel, LoweringContext, Resource, Step, Store, TextureLayout } from "./step.js";

/** A value [outer, rows, channels] as flat texels of four channels; `padRows` fills its rows up to a multiple of four. */
export interface TexelForm {
  readonly outer: number;
  readonly rows: number;
  readonly channels: number;
  readonly padRows: boolean;
  /** Of the value; texels are f32. */
  readonly dtype: DType;
}

/** Texels per row are 2^shift. `copies`: the value's bytes are the texture's, in order. */
export interface TexelLayout extends TextureLayout {
  readonly shift: number;
  readonly copies: boolean;
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

/** Rows of a copy start at multiples of 256 bytes, 16 texels. */
const smallestCopyShift = 4;
const largestCopyShift = 12;

/** How the value lies in a texture; undefined where it is too large for one. */
export function texelLayout(form: TexelForm, traits: AdapterTraits): TexelLayout | undefined {
  const limit = traits.limits.maxTextureDimension2D;
  const rows = form.padRows ? roundUp(form.rows, 4) : form.rows;
  const count = (form.outer * rows * roundUp(form.channels, 4)) / 4;
  const isPlain = rows === form.rows && form.channels % 4 === 0;
  const key = isPlain ? "texels" : `texels ${form.outer}x${rows}`;
  if (isPlain) {
    let shift = 0;
    while (shift < largestCopyShift && count % 2 ** (shift + 1) === 0) shift++;
    const height = count / 2 ** shift;
    if (shift >= smallestCopyShift && height <= limit)
      return { width: 2 ** shift, height, key, shift, copies: form.dtype === "f32" };
  }
  const shift = Math.max(smallestCopyShift, Math.ceil(Math.log2(count) / 2));
  if (2 ** shift > limit) return undefined;
  return { width: 2 ** shift, height: Math.ceil(count / 2 ** shift), key, shift, copies: false };
}

const packedTexels = 16;

const packShader = readShader("pack.wgsl", packSource);
const packKernel = elementKernels(
  "pack",
  packShader,
  ["read", "texture-write"],
  { TEXELS: packedTexels },
  { divide: dividePart },
);

/** The texture with a node's value in this form; appends the step that fills it, unless the program has it already. */
export function texelOperand(
  node: number,
  form: TexelForm,
  layout: TexelLayout,
  context: LoweringContext,
  steps: Step[],
): Resource {
  const known = context.texture(node, layout);
  if (known !== undefined) return known;
  const texture = context.newTexture(node, layout);
  if (layout.copies) {
    steps.push({ kind: "copyToTexture", source: context.value(node), texture });
    return texture;
  }
  const rows = form.padRows ? roundUp(form.rows, 4) : form.rows;
  const texels = Math.ceil(form.channels / 4);
  const total = form.outer * rows * texels;
  const [y, x] = splitGrid(Math.ceil(total / (8 * packedTexels)), context.traits);
  steps.push({
    kind: "dispatch",
    kernel: packKernel({ operand: form.dtype, result: "f32" }),
    resources: [context.value(node), texture],
    parameters: parameterWords(packShader, {
      rows: form.rows,
      paddedRows: rows,
      channels: form.channels,
      texels,
      total,
      shift: layout.shift,
    }),
    workgroups: [x, y, 1],
  });
  return texture;
}

/** Whether the adapter runs the texture kernels: a subgroup is a workgroup of 8. */
export const runsTexelKernels = (traits: AdapterTraits): boolean =>
  traits.kind === "software" && traits.subgroupSize === 8 && traits.features.has("subgroups");

/** The tile of a workgroup: 8 * vectors rows by `columns` columns. */
export interface TexelTile {
  readonly vectors: number;
  readonly columns: number;
}

const nameOf = ({ vectors, columns }: TexelTile): string => `${8 * vectors}x${columns}`;

/** Few of them keep the number of kernels small. */
const tilesOf = (columns: number): readonly TexelTile[] =>
  columns <= 4
    ? [2, 4, 8].map((vectors) => ({ vectors, columns: 4 }))
    : [...[2, 4, 6].map((vectors) => ({ vectors, columns: 16 })), { vectors: 3, columns: 32 }];

/**
 * The tiles that ship, by kernel, for up to 4 and for more columns: what was fastest over the layers of the presets and other products on llvmpipe (Mesa 25.0, two
 * cores). `tune` finds better ones for single products, and for other drivers.
 */
const shippedTiles = {
  conv2d: ["32x4", "32x16"],
  convTranspose2d: ["64x4", "48x16"],
  matmul: ["32x4", "32x16"],
} as const;

/** The tile of a product rows x columns; `label` and `depth` tell it from others of the same extents. */
export function texelTile(
  label: keyof typeof shippedTiles,
  { rows, columns, depth }: { readonly rows: number; readonly columns: number; readonly depth: number },
  { tiles }: LoweringContext,
): TexelTile {
  const candidates = tilesOf(columns);
  const rule = rows <= 16 ? nameOf(candidates[0]!) : shippedTiles[label][columns <= 4 ? 0 : 1];
  const name = tiles.choose({
    product: `${label} ${rows}x${columns}x${depth} texels`,
    candidates: candidates.map(nameOf),
    rule,
  });
  return candidates.find((tile) => nameOf(tile) === name)!;
}

const operands: readonly BindingKind[] = ["texture-read", "texture-read"];
const kernels: Map<string, Kernel> = new Map();

/** One texture kernel for a tile; `columns` decides whether the result, of type `result`, is written in vectors where it is stored as it is. */
export function texelKernel(
  label: string,
  { source }: Shader,
  columns: number,
  tile: TexelTile,
  result: DType,
  store: Store,
): Kernel {
  const vectors = columns % 4 === 0 ? 1 : 0;
  const types: ElementTypes = { operand: "f32", result };
  const key = `${label} ${tile.vectors} ${tile.columns} ${vectors} ${elementKey(types)} ${store.code}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const code = preprocess(
      source,
      {
        VECTORS: tile.vectors,
        COLUMNS: tile.columns,
        RESULT_VECTORS: vectors,
        ...elementConstants(types, store),
      },
      {
        texelTile: tilePart,
        texelResult: resultPart,
        store: store.code,
        texelMultiply: multiplyPart,
        divide: dividePart,
        ...elementParts,
      },
    );
    kernel = {
      label: `${label} ${nameOf(tile)}${elementLabel(types)}${store.label}`,
      code,
      bindings: [...operands, ...store.bindings],
    };
    kernels.set(key, kernel);
  }
  return kernel;
}
