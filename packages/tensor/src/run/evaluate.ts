import { bytesPerElement } from "../dtype.js";
import type { DeviceBuffer } from "../executors/webgpu/device/buffer.js";
import { type Device, defaultDevice } from "../executors/webgpu/device/device.js";
import { type CompilerOptions, giveBack, Program } from "../executors/webgpu/program.js";
import type { Graph } from "../graph/graph.js";
import { graphKey } from "../graph/graphKey.js";
import { reach, trace } from "../graph/trace.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";

/** Programs remembered per device for graphs of the same structure, and the bytes of their intermediates. */
const maxPrograms = 512;
const maxProgramBytes = 2 ** 28;

interface Remembered {
  readonly program: Promise<Program>;
  /** Known once it has been built. */
  byteLength: number;
  /** Calls that have not yet submitted it. */
  users: number;
}

const programs = new WeakMap<Device, Map<string, Remembered>>();

const twoDevices = (op: string, one: Device, other: Device): Error =>
  new Error(
    `${op}: the inputs live on two devices (${one} and ${other}); read the data of one and make a tensor of it on the other`,
  );

/**
 * The device that the tensors in `reached` live on, or undefined if none lives anywhere. Throws where they disagree.
 */
export function deviceOf(op: string, reached: readonly Tensor[]): Device | undefined {
  let device: Device | undefined;
  for (const tensor of reached) {
    const other = tensor.buffer?.device;
    if (!other || other === device) continue;
    if (device) throw twoDevices(op, device, other);
    device = other;
  }
  return device;
}

/** The device that was asked for, else that of the tensors, else the default one. Throws where the first two disagree. */
export async function chooseDevice(
  op: string,
  reached: readonly Tensor[],
  asked: Device | undefined,
): Promise<Device> {
  const home = deviceOf(op, reached);
  if (asked && home && asked !== home) {
    throw new Error(
      `${op}: asked to run on ${asked}, but the inputs live on ${home}; read their data and make tensors of it on the other, or ` +
        "leave the option device out",
    );
  }
  return asked ?? home ?? (await defaultDevice());
}

/**
 * Host data move to the device, once, so that graphs that share them do too. Somebody else may have moved some of them to another device
 * in the meantime: they stay there.
 */
export async function uploadConstants(reached: readonly Tensor[], device: Device): Promise<void> {
  const constants = reached.filter(({ definition }) => definition.op === "constant");
  if (constants.length === 0) return;
  const places: DeviceBuffer[] = [];
  const releasePlaces = (): void => {
    for (const place of places.splice(0)) place.release();
  };
  await device.reserve(() => {
    for (const { shape, dtype } of constants) {
      places.push(device.allocate(sizeOf(shape) * bytesPerElement[dtype]));
    }
  }, releasePlaces);
  try {
    for (const tensor of constants) {
      if (tensor.definition.op === "constant") {
        device.write(places[0]!, tensor.definition.params.data, tensor.dtype);
        tensor.materialize(places.shift()!);
      } else {
        // Moved or disposed of in the meantime.
        places.shift()!.release();
      }
    }
  } finally {
    releasePlaces();
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
  const { leaves } = flattenAt("evaluate", "", tree);
  const wanted = leaves.filter(isWanted);
  const reached = reach(wanted);
  if (wanted.length === 0 && !options.device) return;
  // What is elsewhere already would not be where it was asked for.
  const device = await chooseDevice(
    "evaluate",
    options.device ? [...leaves, ...reached] : reached,
    options.device,
  );
  await evaluateOn("evaluate", wanted, reached, device, options);
}

/** Throws where a value is on another device, where somebody else may have moved it while this call waited. */
function expectHere(op: string, tensors: readonly Tensor[], device: Device): void {
  const home = deviceOf(op, tensors);
  if (home && home !== device) throw twoDevices(op, device, home);
}

const isWanted = (tensor: Tensor): boolean => !tensor.buffer;

/** The same in the name of `op` on a given device, with everything that the tensors are computed from. */
export async function evaluateOn(
  op: string,
  wanted: readonly Tensor[],
  reached: readonly Tensor[],
  device: Device,
  options: CompilerOptions,
): Promise<void> {
  await uploadConstants(reached, device);
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
    const places = await program.reserve();
    let results: DeviceBuffer[];
    try {
      results = program.run(
        leaves.map((leaf) => leaf.buffer!),
        places,
      );
    } catch (error) {
      giveBack(places);
      throw error;
    }
    outputs.forEach((tensor, k) => {
      // Somebody else may have asked for the same value in the meantime, or have disposed of it.
      if (tensor.isGone || tensor.buffer) results[k]!.release();
      else tensor.materialize(results[k]!);
    });
  } finally {
    remembered.users--;
    forget(device);
  }
}

/** The program of a graph: the one that was built for a graph of this structure, or a new one. */
function remember(graph: Graph, device: Device, options: CompilerOptions): Remembered {
  const known = programs.get(device) ?? new Map<string, Remembered>();
  programs.set(device, known);
  const { simplify, foldWidth, fuse, epilogues, inPlace, reuseMemory, immediates } = options;
  // All of them, as the type demands: programs that differ in one are different programs.
  const switches: { readonly [K in keyof Required<CompilerOptions>]: CompilerOptions[K] } = {
    simplify,
    foldWidth,
    fuse,
    epilogues,
    inPlace,
    reuseMemory,
    immediates,
  };
  const key = `${graphKey(graph)} ${Object.values(switches)} ${device.tiles.revision}`;
  let remembered = known.get(key);
  if (!remembered) {
    const program = Program.build(graph, device, [], options);
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
function forget(device: Device): void {
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
