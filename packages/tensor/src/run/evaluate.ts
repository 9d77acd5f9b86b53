import type { CompilerOptions, Executable, Executor, Run, Value } from "../executor.js";
import { graphKey } from "../graph/graphKey.js";
import { trace } from "../graph/trace.js";
import { expectOptions } from "../primitives/expect.js";
import type { Graph } from "../primitives/graph.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";
import { boundedReach } from "./boundedReach.js";
import { chooseExecutor, expectHere } from "./chooseExecutor.js";
import { compilerOptions } from "./compilerOptions.js";
import { putConstants } from "./putConstants.js";

/** Programs remembered per device for graphs of the same structure, and the bytes of their intermediates. */
const maxPrograms = 512;
const maxProgramBytes = 2 ** 28;

interface Remembered {
  readonly program: Promise<Executable>;
  /** Known once it has been built. */
  byteLength: number;
  /** Calls that have not yet submitted it. */
  users: number;
}

const programs = new WeakMap<Executor, Map<string, Remembered>>();

/** Throws where a placeholder would have to be read that belongs to no argument. */
export function requireValues(op: string, leaves: readonly Tensor[]): void {
  for (const leaf of leaves) {
    if (!leaf.value) {
      throw new Error(
        `${op}: ${leaf} is a placeholder of a function that is being traced and has no value; return it from the function ` +
          "(inside compile or grad nothing can be read)",
      );
    }
  }
}

/**
 * Computes every tensor of a tree that has no value yet, in one submission, on the device of what they are computed from (or
 * the default one). Resolves when the work is submitted; reading a value waits for it.
 */
export async function evaluate(
  tree: Tree<Tensor>,
  options: CompilerOptions & { readonly device?: Executor } = {},
): Promise<void> {
  expectOptions("evaluate", options, [...compilerOptions, "device"]);
  const { leaves } = flattenAt("evaluate", "", tree);
  const wanted = leaves.filter(isWanted);
  const reached = boundedReach(wanted);
  if (wanted.length === 0 && !options.device) return;
  // What is elsewhere already would not be where it was asked for.
  const device = await chooseExecutor(
    "evaluate",
    options.device ? [...leaves, ...reached] : reached,
    options.device,
  );
  await evaluateOn("evaluate", wanted, reached, device, options);
}

const isWanted = (tensor: Tensor): boolean => !tensor.value;

/** The same in the name of `op` on a given device, with everything that the tensors are computed from. */
export async function evaluateOn(
  op: string,
  wanted: readonly Tensor[],
  reached: readonly Tensor[],
  device: Executor,
  options: CompilerOptions,
): Promise<void> {
  await putConstants(reached, device);
  expectHere(op, wanted, device);
  const outputs = [...new Set(wanted)].filter(isWanted);
  if (outputs.length === 0) return;
  const { graph, leaves } = trace(outputs);
  requireValues(op, leaves);
  expectHere(op, leaves, device);
  const remembered = remember(graph, device, options);
  remembered.users++;
  try {
    const program = await remembered.program;
    const results = startWith(leaves, await program.reserve());
    outputs.forEach((tensor, k) => {
      // Somebody else may have asked for the same value in the meantime, or have disposed of it.
      if (tensor.isGone || tensor.value) results[k]!.release();
      else tensor.materialize(results[k]!);
    });
  } finally {
    remembered.users--;
    forget(device);
  }
}

/** Starts a run on the values of tensors; where that fails, what was reserved goes back. */
function startWith(leaves: readonly Tensor[], run: Run): readonly Value[] {
  try {
    return run.start(leaves.map((leaf) => leaf.value!));
  } catch (error) {
    run.cancel();
    throw error;
  }
}

/** The program of a graph: the one that was built for a graph of this structure, or a new one. */
function remember(graph: Graph, device: Executor, options: CompilerOptions): Remembered {
  const known = programs.get(device) ?? new Map<string, Remembered>();
  programs.set(device, known);
  // Programs that differ in one switch are different programs.
  const key = `${graphKey(graph)} ${compilerOptions.map((name) => options[name])} ${device.revision}`;
  let remembered = known.get(key);
  if (!remembered) {
    const program = device.compile(graph, [], options);
    const made: Remembered = { program, byteLength: 0, users: 0 };
    program.then(
      ({ byteLength }) => {
        made.byteLength = byteLength;
      },
      () => known.delete(key),
    );
    remembered = made;
  }
  // The one that was used last stands last.
  known.delete(key);
  known.set(key, remembered);
  return remembered;
}

/** Releases the programs that were used longest ago, until those that remain are few and small enough; never the one that was used last. */
function forget(device: Executor): void {
  const known = programs.get(device);
  if (!known) return;
  const last = [...known.keys()].at(-1);
  let bytes = [...known.values()].reduce((total, { byteLength }) => total + byteLength, 0);
  for (const [key, { program, byteLength, users }] of known) {
    if (known.size <= maxPrograms && bytes <= maxProgramBytes) return;
    if (users > 0 || key === last) continue;
    known.delete(key);
    bytes -= byteLength;
    void program.then((dropped) => dropped.release());
  }
}
