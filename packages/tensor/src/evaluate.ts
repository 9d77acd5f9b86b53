import { type Device, defaultDevice } from "./device/device.js";
import type { Graph } from "./graph/graph.js";
import { reach, trace } from "./graph/trace.js";
import { type CompilerOptions, Program } from "./program.js";
import type { Tensor } from "./tensor.js";
import { flatten, type Tree } from "./tree.js";

/** Programs remembered per device for graphs of the same structure. */
const maxPrograms = 512;
const programs = new WeakMap<Device, Map<string, Promise<Program>>>();

/**
 * The device that the tensors in `reached` live on, or undefined if none lives anywhere. Throws where they disagree.
 */
export function deviceOf(op: string, reached: readonly Tensor[]): Device | undefined {
  let device: Device | undefined;
  for (const tensor of reached) {
    const other = tensor.buffer?.device;
    if (!other || other === device) continue;
    if (device) {
      throw new Error(
        `${op}: the inputs live on two devices (${device} and ${other}); read the data of one and make a tensor of it on the other`,
      );
    }
    device = other;
  }
  return device;
}

/** Host data move to the device, once, so that graphs that share them do too. */
export function uploadConstants(reached: readonly Tensor[], device: Device): void {
  for (const tensor of reached) {
    const { definition } = tensor;
    if (definition.op === "constant") tensor.materialize(device.upload(definition.params.data, tensor.dtype));
  }
}

/** Throws where a placeholder would have to be read that belongs to no argument. */
export function requireValues(op: string, leaves: readonly Tensor[]): void {
  for (const leaf of leaves) {
    if (!leaf.buffer) {
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
  options: CompilerOptions & { readonly device?: Device } = {},
): Promise<void> {
  const wanted = [...new Set(flatten(tree).leaves)].filter((tensor) => !tensor.buffer);
  if (wanted.length === 0) return;
  const reached = reach(wanted);
  const device = deviceOf("evaluate", reached) ?? options.device ?? (await defaultDevice());
  uploadConstants(reached, device);
  const outputs = wanted.filter((tensor) => !tensor.buffer);
  if (outputs.length === 0) return;
  const { graph, leaves } = trace(outputs);
  requireValues("evaluate", leaves);
  const program = await cachedProgram(graph, device, options);
  const results = program.run(leaves.map((leaf) => leaf.buffer!));
  outputs.forEach((tensor, k) => {
    // Somebody else may have asked for the same value in the meantime.
    if (tensor.buffer) results[k]!.release();
    else tensor.materialize(results[k]!);
  });
}

function cachedProgram(graph: Graph, device: Device, options: CompilerOptions): Promise<Program> {
  let known = programs.get(device);
  if (!known) {
    known = new Map();
    programs.set(device, known);
  }
  const { simplify, fuse, inPlace, reuseMemory, immediates } = options;
  const key = JSON.stringify([graph, simplify, fuse, inPlace, reuseMemory, immediates]);
  let program = known.get(key);
  if (program) {
    known.delete(key);
  } else {
    program = Program.build(graph, device, [], options);
    program.catch(() => known.delete(key));
    if (known.size >= maxPrograms) {
      const [oldest, dropped] = known.entries().next().value!;
      known.delete(oldest);
      void dropped.then((p) => p.release());
    }
  }
  known.set(key, program);
  return program;
}
