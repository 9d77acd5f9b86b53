import { DeviceError } from "../../deviceError.js";
import { bytesPerElement } from "../../dtype.js";
import type { TunedProduct } from "../../executor.js";
import type { Graph } from "../../primitives/graph.js";
import { sizeOf } from "../../shape.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { TileQuestion } from "./device/tileChoices.js";
import type { Device } from "./device.js";
import { Program } from "./program.js";
import { questionsOf } from "./questionsOf.js";

/** A tile replaces the one that it would be without measurement only if it is faster by this factor: less is noise. */
const worthwhile = 0.97;
const rounds = 3;
/** Runs of one round take at least this long. */
const roundMilliseconds = 10;

/** Measures every contraction of a graph, and of the graphs in it, with each tile that fits and that the driver compiles, one at a time, and sets the tiles that were fastest. */
export async function tuneGraph(
  graph: Graph,
  device: Device,
  onProduct?: (product: string, index: number, count: number) => void,
): Promise<TunedProduct[]> {
  const work = questionsOf(graph, device);
  const tuned: TunedProduct[] = [];
  for (const { question, graph: alone } of work) {
    onProduct?.(question.product, tuned.length, work.length);
    tuned.push(await measure(question, alone, device));
  }
  return tuned;
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
  await device.memory.reserve(() => {
    for (const input of graph.inputs) {
      const { shape, dtype } = graph.nodes[input]!;
      inputs.push(device.allocate(sizeOf(shape) * bytesPerElement[dtype]));
    }
  }, releaseInputs);
  const run = async (program: Program, times: number): Promise<number> => {
    const began = performance.now();
    for (let i = 0; i < times; i++) {
      const once = await program.reserve();
      once.start(inputs);
      once.cancel();
    }
    await device.finish();
    return (performance.now() - began) / times;
  };
  const programs = new Map<string, Program>();
  const milliseconds: Record<string, number> = {};
  try {
    for (const tile of candidates) {
      let program: Program;
      try {
        // Whatever else is compiled while this one is waited for takes its own tile: the passes run before `build` returns.
        program = await device.tiles.attempt(product, tile, () =>
          Program.build(graph, device, [false, false]),
        );
      } catch (error) {
        // One that the driver refuses is no candidate; without the rule's there is nothing to compare with.
        if (tile === rule || !(error instanceof DeviceError) || error.kind === "lost") throw error;
        continue;
      }
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
  const fastest = [...programs.keys()].reduce((best, tile) =>
    milliseconds[tile]! < milliseconds[best]! ? tile : best,
  );
  const tile = milliseconds[fastest]! < worthwhile * milliseconds[rule]! ? fastest : rule;
  device.tiles.set(product, tile);
  return { product, tile, milliseconds };
}
