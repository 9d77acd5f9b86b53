import {
  formatShape,
  leavesWithPaths,
  readSafetensors,
  type Tensor,
  type Tree,
  writeSafetensors,
} from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import type { Progress } from "./records.js";
import type { Snapshot } from "./snapshot.js";

/** What it takes to go on with a training. */
export interface Checkpoint {
  readonly state: Snapshot;
  /** The variables of the best epoch. */
  readonly bestVariables?: Snapshot;
  readonly progress: Progress;
}

const format = "clidim fit 1";
const words = ["NaN", "Infinity", "-Infinity"];

const prefixed = (prefix: string, snapshot: Snapshot): Snapshot =>
  Object.fromEntries(Object.entries(snapshot).map(([path, value]) => [`${prefix}.${path}`, value]));

const below = (prefix: string, snapshot: Snapshot): Snapshot =>
  Object.fromEntries(
    Object.entries(snapshot).flatMap(([name, value]) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), value]] : [],
    ),
  );

/** A safetensors file of a checkpoint: every value to the bit. */
export function writeCheckpoint({ state, bestVariables, progress }: Checkpoint): Uint8Array {
  // JSON has no word for numbers that are not finite.
  const text = JSON.stringify(progress, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  return writeSafetensors(
    { ...prefixed("state", state), ...(bestVariables && prefixed("best", bestVariables)) },
    { format, progress: text },
  );
}

/** What `writeCheckpoint` wrote of a training whose state is like `state` and whose variables are like `variables`; throws where they differ. */
export function readCheckpoint(bytes: Uint8Array, state: unknown, variables: unknown): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== format) {
    throw new Error(
      `fit: resume is no checkpoint of fit (its format is ${metadata.format ?? "not named"}, expected ${format}); importStateDict reads files of weights`,
    );
  }
  const progress = JSON.parse(metadata.progress!, (_, value: unknown) =>
    typeof value === "string" && words.includes(value) ? Number(value) : value,
  ) as Progress; // written above
  const own = below("state", tensors);
  checkLike(own, state);
  if (!progress.best) return { state: own, progress };
  const best = below("best", tensors);
  if (Object.keys(best).length === 0) return { state: own, progress };
  checkLike(best, variables);
  return { state: own, bestVariables: best, progress };
}

function checkLike(snapshot: Snapshot, like: unknown): void {
  // A tree of tensors.
  const leaves = leavesWithPaths(like as Tree<Tensor>);
  for (const [path, leaf] of leaves) {
    const found = Object.hasOwn(snapshot, path) ? snapshot[path] : undefined;
    if (found?.dtype === leaf.dtype && formatShape(found.shape) === formatShape(leaf.shape)) continue;
    throw new Error(
      `fit: the checkpoint is of another training: ${path} is ${found ? describe(found) : "not in it"}, here ${describe(leaf)}; resume with the same model, optimizer and metrics`,
    );
  }
  if (Object.keys(snapshot).length === leaves.length) return;
  const paths = new Set(leaves.map(([path]) => path));
  const over = Object.keys(snapshot).filter((path) => !paths.has(path));
  throw new Error(
    `fit: the checkpoint is of another training: it has ${over.join(", ")}; resume with the same model, optimizer and metrics`,
  );
}
