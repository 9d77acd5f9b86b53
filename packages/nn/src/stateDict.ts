import {
  cast,
  evaluate,
  flatten,
  formatShape,
  type HostTensor,
  isFloat,
  leavesWithPaths,
  type Shape,
  Tensor,
  type Tree,
  tensor,
  transpose,
  unflatten,
  writeSafetensors,
} from "@clidim/tensor";
import { type Accepted, accepted, checkOptions, flag } from "./checkOptions.js";
import type { Variables } from "./layer.js";

/**
 * From the names that PyTorch would give the parts of a model ("0.weight", "1.running_mean") to the names in a file: a function,
 * or a record of names and dotted prefixes, `{ "0": "features.conv1" }` for `0.weight` -> `features.conv1.weight`; the longest
 * that fits counts.
 */
export type NameMap = ((name: string) => string) | Readonly<Record<string, string>>;

export interface ImportStateDictOptions {
  /** Default: the same names. */
  readonly nameMap?: NameMap;
  /** Tensors that the model has no place for are an error. Default true; `num_batches_tracked` is always left out. */
  readonly strict?: boolean;
  /** Variables that `tensors` has nothing for keep their values: a new head on a trained body. Default false: they are an error. */
  readonly partial?: boolean;
}

export interface ExportStateDictOptions {
  /** Default: the same names. */
  readonly nameMap?: NameMap;
}

/**
 * Weights with the axes in the other order, of kernels of up to three dimensions and of matrices: kernels [KH, KW, I, O] are OIHW in PyTorch, transposed kernels
 * [KH, KW, O, I] are IOHW, those of one and three dimensions likewise, and matrices [in, out] are [out, in]. A leaf that is not called `weight`, such as the `table` of an
 * embedding, and one of any other rank are the same on both sides.
 */
function permutationOf(path: string, { length }: Shape): readonly number[] | undefined {
  if (!/(^|\.)weight$/.test(path)) return undefined;
  if (length < 2 || length > 5) return undefined;
  return [length - 1, length - 2, ...Array.from({ length: length - 2 }, (_, axis) => axis)];
}

/** PyTorch's order of axes for a leaf in the order of this library, by its path in the tree of variables. */
export function toTorchLayout(path: string, leaf: Tensor): Tensor {
  const permutation = permutationOf(path, leaf.shape);
  return permutation ? transpose(leaf, permutation) : leaf;
}

/** The inverse of `toTorchLayout`. */
export function fromTorchLayout(path: string, leaf: Tensor): Tensor {
  const permutation = permutationOf(path, leaf.shape);
  return permutation
    ? transpose(
        leaf,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      )
    : leaf;
}

/** Members whose name differs from PyTorch's. */
const torchNames: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/(^|\.)table$/, "$1weight"],
  [/(^|\.)inProjection\.(weight|bias)$/, "$1in_proj_$2"],
  [/(^|\.)outProjection\.(weight|bias)$/, "$1out_proj.$2"],
  [/(^|\.)forward\.(\d+)\.inputGates\.(weight|bias)$/, "$1$3_ih_l$2"],
  [/(^|\.)forward\.(\d+)\.hiddenGates\.(weight|bias)$/, "$1$3_hh_l$2"],
  [/(^|\.)backward\.(\d+)\.inputGates\.(weight|bias)$/, "$1$3_ih_l$2_reverse"],
  [/(^|\.)backward\.(\d+)\.hiddenGates\.(weight|bias)$/, "$1$3_hh_l$2_reverse"],
];

const torchStats: Readonly<Record<string, string>> = { mean: "running_mean", variance: "running_var" };

const nameMaps: Accepted = accepted(
  "a function of a name, or a record of names and prefixes",
  (value) => typeof value === "function" || (typeof value === "object" && value !== null),
);

const record: Accepted = accepted(
  "a record of texts",
  (value) => typeof value === "object" && value !== null,
);

interface Entry {
  /** The path in `params` or `stats`. */
  readonly path: string;
  readonly name: string;
  readonly leaf: Tensor;
  /** The weight of a normalisation, known by a bias of its shape beside it: it has the same axes on both sides. */
  readonly scale: boolean;
}

function rename(nameMap: NameMap, name: string): string {
  if (typeof nameMap === "function") return nameMap(name);
  const prefixes = Object.keys(nameMap).filter((prefix) => name === prefix || name.startsWith(`${prefix}.`));
  const longest = prefixes.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? name : `${nameMap[longest]}${name.slice(longest.length)}`;
}

/** Every leaf of the variables in the order of `flatten`, under its name in the file. Throws in the name of `op` where two have the same. */
function entriesOf(
  op: string,
  variables: { readonly params: unknown; readonly stats: unknown },
  nameMap: NameMap,
): Entry[] {
  // Variables are trees of tensors.
  const paramLeaves = leavesWithPaths(variables.params as Tree<Tensor>);
  const shapes = new Map(paramLeaves.map(([path, { shape }]) => [path, formatShape(shape)]));
  const params = paramLeaves.map(([path, leaf]) => ({
    path,
    scale:
      /(^|\.)weight$/.test(path) && shapes.get(path.replace(/weight$/, "bias")) === formatShape(leaf.shape),
    name: torchNames.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), path),
    leaf,
  }));
  const stats = leavesWithPaths(variables.stats as Tree<Tensor>).map(([path, leaf]) => ({
    path,
    scale: false,
    name: path.replace(/[^.]+$/, (member) => torchStats[member] ?? member),
    leaf,
  }));
  const entries = [...params, ...stats].map((entry) => ({ ...entry, name: rename(nameMap, entry.name) }));
  const paths = new Map<string, string>();
  for (const { name, path } of entries) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw new Error(
        `${op}: ${other} and ${path} are both called ${name}, and a file has one tensor of a name; map them to different names, under which importStateDict may be given one tensor`,
      );
    }
    paths.set(name, path);
  }
  return entries;
}

/**
 * A value of the file as a tensor of the variable's dtype. Floats of any width become those of the variable; integers and bools must be
 * what the variable is.
 */
function fittingValue(name: string, given: HostTensor | Tensor, path: string, leaf: Tensor): Tensor {
  if (given.dtype !== leaf.dtype && !(isFloat(given.dtype) && isFloat(leaf.dtype))) {
    throw new Error(
      `importStateDict: ${name} is ${given.dtype}, ${path} needs ${leaf.dtype}; only floats are converted, cast it first`,
    );
  }
  if (given instanceof Tensor) return cast(given, leaf.dtype);
  return tensor(given.data, { shape: given.shape, dtype: leaf.dtype });
}

/**
 * The variables with every value taken from `tensors`, which are laid out as in a PyTorch state dict (what `readSafetensors` returns, or
 * tensors). `variables` give the structure, the shapes and the dtypes: files in f16, bf16 or f64 fill f32 variables. Throws with the
 * names of tensors that are missing, left over, of another shape, or no floats where floats are needed.
 */
export function importStateDict<P, S>(
  variables: Variables<P, S>,
  tensors: Readonly<Record<string, HostTensor | Tensor>>,
  options: ImportStateDictOptions = {},
): Variables<P, S> {
  checkOptions("importStateDict", options, { nameMap: nameMaps, strict: flag, partial: flag });
  const { nameMap = {}, strict = true, partial = false } = options;
  const entries = entriesOf("importStateDict", variables, nameMap);
  const missing = entries.filter(({ name }) => !Object.hasOwn(tensors, name));
  if (missing.length > 0 && !partial) {
    throw new Error(
      `importStateDict: no tensor for ${missing.map(({ name, path }) => `${name} (${path})`).join(", ")}; ` +
        `the file has ${Object.keys(tensors).join(", ")}; map the names, or pass { partial: true } to keep the variables' own values`,
    );
  }
  const used = new Set(entries.map(({ name }) => name));
  const left = Object.keys(tensors).filter(
    (name) => !used.has(name) && !name.endsWith("num_batches_tracked"),
  );
  if (strict && left.length > 0) {
    throw new Error(
      `importStateDict: the model has no place for ${left.join(", ")}; map the names, or pass { strict: false } to leave them out`,
    );
  }
  const leaves = entries.map(({ path, name, leaf, scale }) => {
    const given = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!given) return leaf;
    const value = fittingValue(name, given, path, leaf);
    const expected = scale ? leaf.shape : toTorchLayout(path, leaf).shape;
    if (formatShape(value.shape) !== formatShape(expected)) {
      throw new Error(
        `importStateDict: ${name} has shape ${formatShape(value.shape)}, ${path} needs ${formatShape(expected)} in PyTorch's layout`,
      );
    }
    return scale ? value : fromTorchLayout(path, value);
  });
  // Variables are trees of tensors, and unflatten gives the structure back.
  const { structure } = flatten({ params: variables.params, stats: variables.stats } as Tree<Tensor>);
  return unflatten(structure, leaves) as Variables<P, S>;
}

/** All tensors of the variables by name in PyTorch's layouts: the inverse of `importStateDict`. */
export function exportStateDict<P, S>(
  variables: Variables<P, S>,
  options: ExportStateDictOptions = {},
): Record<string, Tensor> {
  checkOptions("exportStateDict", options, { nameMap: nameMaps });
  return namedTensors("exportStateDict", variables, options);
}

function namedTensors<P, S>(
  op: string,
  variables: Variables<P, S>,
  { nameMap = {} }: ExportStateDictOptions,
): Record<string, Tensor> {
  return Object.fromEntries(
    entriesOf(op, variables, nameMap).map(({ name, path, leaf, scale }) => [
      name,
      scale ? leaf : toTorchLayout(path, leaf),
    ]),
  );
}

export interface WriteStateDictOptions extends ExportStateDictOptions {
  /** Texts that the file carries along, such as the number of epochs. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A safetensors file of the variables, with PyTorch's names and layouts, once they are computed: the bytes to save, which
 * `importStateDict(variables, readSafetensors(bytes).tensors)` reads back.
 */
export async function writeStateDict<P, S>(
  variables: Variables<P, S>,
  options: WriteStateDictOptions = {},
): Promise<Uint8Array> {
  checkOptions("writeStateDict", options, { nameMap: nameMaps, metadata: record });
  const { metadata = {}, ...names } = options;
  const tensors = namedTensors("writeStateDict", variables, names);
  await evaluate(tensors);
  const read = async ([name, x]: [string, Tensor]): Promise<[string, HostTensor]> => [
    name,
    { dtype: x.dtype, shape: x.shape, data: await x.data() },
  ];
  return writeSafetensors(Object.fromEntries(await Promise.all(Object.entries(tensors).map(read))), metadata);
}
