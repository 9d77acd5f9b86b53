import { bytesPerElement } from "../dtype.js";
import type { DeviceBuffer } from "../executors/webgpu/device/buffer.js";
import type { Device } from "../executors/webgpu/device/device.js";
import type { TileQuestion } from "../executors/webgpu/device/tileChoices.js";
import { compileGraph, giveBack, Program } from "../executors/webgpu/program.js";
import type { Graph } from "../graph/graph.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { reach, trace } from "../graph/trace.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { flatten, type Tree } from "../tree.js";
import { chooseDevice, uploadConstants } from "./evaluate.js";

/** What was measured for one product, and the tile that it takes from now on. */
export interface TunedProduct {
  /** Kernel, sizes and dtype: `conv2d 65536x64x1024 f32`. */
  readonly product: string;
  readonly tile: string;
  /** By tile: the least time of a run. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

export interface TuneOptions {
  /** Where to measure; by default where the arguments live. */
  readonly device?: Device;
  /** Called before each product. */
  readonly onProduct?: (product: string, index: number, count: number) => void;
}

/** A tile replaces the one that it would be without measurement only if it is faster by this factor: less is noise. */
const worthwhile = 0.97;
const rounds = 3;
/** Runs of one round take at least this long. */
const roundMilliseconds = 10;

/**
 * Measures every contraction of `f` with each tile that fits, one at a time, and lets programs that are compiled on the device from now on take the fastest. The
 * arguments only tell shapes and dtypes. What was found is in `device.tiles.entries()`, to be kept; `device.tiles.assign(entries)` brings it back.
 * Takes seconds on a GPU and minutes on a software adapter, where every new kernel has to be compiled.
 */
export function tune<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: TuneOptions = {},
): (...args: A) => Promise<TunedProduct[]> {
  return async (...args) => {
    const { outputs, placeholders } = callWithPlaceholders("tune", f, args);
    const reached = reach(outputs, placeholders);
    const operands = args.flatMap((arg) => flatten(arg).leaves);
    const device = await chooseDevice("tune", [...operands, ...reached], options.device);
    await uploadConstants(reached, device);
    const { graph, leaves } = trace(outputs, placeholders);
    const notDonated = leaves.map(() => false);
    const { fused } = compileGraph(graph, device, notDonated);

    const work = new Map<string, { readonly question: TileQuestion; readonly graph: Graph }>();
    for (const group of fused.groups) {
      if (group.kind !== "contraction") continue;
      const alone = extract(fused.graph, group.product);
      const questions = device.tiles.questions(() => void compileGraph(alone, device, [false, false]));
      for (const question of questions) {
        if (question.candidates.length > 1) work.set(question.product, { question, graph: alone });
      }
    }
    const tuned: TunedProduct[] = [];
    for (const { question, graph: alone } of work.values()) {
      options.onProduct?.(question.product, tuned.length, work.size);
      tuned.push(await measure(question, alone, device));
    }
    return tuned;
  };
}

/** The graph of one operation, its operands as inputs. */
function extract({ nodes }: Graph, id: number): Graph {
  const node = nodes[id]!;
  const operands = node.inputs.map((operand) => {
    const { shape, dtype } = nodes[operand]!;
    return { op: "input", inputs: [], params: {}, shape, dtype } as const;
  });
  const alone = { ...node, inputs: operands.map((_, k) => k) };
  return {
    nodes: [...operands, alone],
    inputs: operands.map((_, k) => k),
    outputs: [operands.length],
  };
}

async function measure(
  { product, candidates, rule }: TileQuestion,
  graph: Graph,
  device: Device,
): Promise<TunedProduct> {
  const inputs: DeviceBuffer[] = [];
  const releaseInputs = (): void => {
    for (const input of inputs.splice(0)) input.release();
  };
  await device.reserve(() => {
    for (const input of graph.inputs) {
      const { shape, dtype } = graph.nodes[input]!;
      inputs.push(device.allocate(sizeOf(shape) * bytesPerElement[dtype]));
    }
  }, releaseInputs);
  const run = async (program: Program, times: number): Promise<number> => {
    const began = performance.now();
    for (let i = 0; i < times; i++) {
      const places = await program.reserve();
      program.run(inputs, places);
      giveBack(places);
    }
    await device.finish();
    return (performance.now() - began) / times;
  };
  const programs = new Map<string, Program>();
  const milliseconds: Record<string, number> = {};
  try {
    for (const tile of candidates) {
      // Whatever else is compiled while this one is waited for takes its own tile: the passes run before `build` returns.
      const program = await device.tiles.attempt(product, tile, () =>
        Program.build(graph, device, [false, false]),
      );
      programs.set(tile, program);
      milliseconds[tile] = await run(program, 1);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [tile, program] of programs) {
        const least = milliseconds[tile]!;
        const times = Math.ceil(roundMilliseconds / Math.max(least, 0.01));
        milliseconds[tile] = Math.min(least, await run(program, times));
      }
    }
  } finally {
    for (const program of programs.values()) program.release();
    releaseInputs();
  }
  const fastest = candidates.reduce((best, tile) =>
    milliseconds[tile]! < milliseconds[best]! ? tile : best,
  );
  const tile = milliseconds[fastest]! < worthwhile * milliseconds[rule]! ? fastest : rule;
  device.tiles.set(product, tile);
  return { product, tile, milliseconds };
}
