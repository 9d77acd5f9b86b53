import butterfliesSource from "../../../../../../shaders/fft.butterflies.wgsl?raw";
import chirpSource from "../../../../../../shaders/fft.chirp.wgsl?raw";
import directSource from "../../../../../../shaders/fft.direct.wgsl?raw";
import passSource from "../../../../../../shaders/fft.pass.wgsl?raw";
import tileSource from "../../../../../../shaders/fft.tile.wgsl?raw";
import type { GraphNode } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { balancedFactors, convolutionLength, isSmooth, largerPrimes, smallRadices } from "./fftSteps.js";
import { chirpTables, rootTable } from "./fourierTables.js";
import { preprocess } from "./preprocess.js";
import { parameterWords, readShader, type Shader } from "./shader.js";
import { spread } from "./spread.js";
import type { Kernel, Lowering, LoweringContext, Resource, Step } from "./step.js";

type Fft = GraphNode & { readonly op: "fft" };

const shaders = {
  pass: readShader("fft.pass.wgsl", passSource),
  direct: readShader("fft.direct.wgsl", directSource),
  tile: readShader("fft.tile.wgsl", tileSource),
  chirp: readShader("fft.chirp.wgsl", chirpSource),
};

/** Invocations per workgroup, with tiles and without. */
const tileThreads = 256;
const threads = 64;
/** Numbers of a tile that keep its invocations busy. */
const fullTile = 4 * tileThreads;

const kernels: Map<string, Kernel> = new Map();

function kernelOf(name: keyof typeof shaders, constants: Readonly<Record<string, number>>): Kernel {
  const key = `${name} ${JSON.stringify(constants)}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const code = preprocess(shaders[name].source, constants, { butterflies: butterfliesSource });
    kernel = { label: `fft ${name}`, code, bindings: ["read", "write", "read"] };
    kernels.set(key, kernel);
  }
  return kernel;
}

/** Transforms along one axis of [outer, length, inner]. */
interface Transforms {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly inverse: boolean;
}

/** One command, which is told where it reads and writes. */
type Move = (from: Resource, to: Resource) => Step;

/** Numbers in a tile: each step within it reads a half of the workgroup's memory and writes the other. */
const tileCapacity = ({ limits }: AdapterTraits): number =>
  limits.maxComputeWorkgroupStorageSize >= 32768 ? 2048 : 1024;

/** Stockham's steps, after each of which one more factor of the length is transformed. */
function stockham({ outer, length, inner, inverse }: Transforms, context: LoweringContext): Move[] {
  const { traits } = context;
  const primes = largerPrimes(length);
  const smooth = primes.reduce((rest, p) => rest / p, length);
  const tiled = traits.kind === "gpu";
  const factors = tiled ? balancedFactors(smooth, tileCapacity(traits)) : smallRadices(smooth);
  let done = 1;
  const steps = [...factors.filter((factor) => factor > 1), ...primes].map((radix): Move => {
    const columns = (length / radix) * inner;
    const stride = done * inner;
    const rest = length / done;
    done *= radix;
    const { words, fine } = rootTable(radix, rest);
    const numbers = { columns, stride, radix, rest, fine, direction: inverse ? -1 : 1 };
    const how: How = primes.includes(radix)
      ? direct(outer * radix * columns)
      : tiled
        ? tile(outer, columns, radix, tileCapacity(traits))
        : pass(outer * columns, radix);
    const roots = context.table(words);
    return (from, to) => ({
      kind: "dispatch",
      kernel: how.kernel,
      resources: [from, to, roots],
      parameters: parameterWords(how.shader, { ...numbers, ...how.numbers }),
      workgroups: spread(how.workgroups, traits),
      flops: Math.round(5 * outer * length * inner * Math.log2(radix)),
    });
  });
  return steps;
}

/** The kernel of one step. */
interface How {
  readonly shader: Shader;
  readonly kernel: Kernel;
  readonly numbers: Readonly<Record<string, number>>;
  readonly workgroups: number;
}

const pass = (count: number, radix: number): How => ({
  shader: shaders.pass,
  kernel: kernelOf("pass", { THREADS: threads, RADIX: radix }),
  numbers: { count },
  workgroups: Math.ceil(count / threads),
});

const direct = (count: number): How => ({
  shader: shaders.direct,
  kernel: kernelOf("direct", { THREADS: threads }),
  numbers: { count },
  workgroups: Math.ceil(count / threads),
});

function tile(outer: number, columns: number, radix: number, capacity: number): How {
  const tileColumns = Math.min(columns, Math.floor(capacity / radix));
  const tileOuter = Math.min(outer, Math.max(1, Math.floor(fullTile / (radix * tileColumns))));
  const radices = smallRadices(radix).reduceRight((word, small) => word * 16 + small, 0);
  return {
    shader: shaders.tile,
    kernel: kernelOf("tile", { THREADS: tileThreads, CAPACITY: capacity }),
    numbers: { outer, tileOuter, tileColumns, radices },
    workgroups: Math.ceil(outer / tileOuter) * Math.ceil(columns / tileColumns),
  };
}

/** A product with a table along the axis, which is cut or filled with zeros from `extent` to `resized`. */
function chirped(
  { outer, inner, inverse }: Transforms,
  extent: number,
  resized: number,
  words: Uint32Array,
  context: LoweringContext,
): Move {
  const count = outer * resized * inner;
  const chirp = context.table(words);
  const direction = inverse ? -1 : 1;
  return (from, to) => ({
    kind: "dispatch",
    kernel: kernelOf("chirp", { THREADS: threads }),
    resources: [from, to, chirp],
    parameters: parameterWords(shaders.chirp, { count, extent, resized, inner, direction }),
    workgroups: spread(Math.ceil(count / threads), context.traits),
  });
}

/**
 * Bluestein's algorithm for lengths with a large prime factor: j k = (j^2 + k^2 - (k - j)^2) / 2 makes a convolution of the transform, which transforms of a power of two
 * compute.
 */
function bluestein(transforms: Transforms, context: LoweringContext): Move[] {
  const { length } = transforms;
  const size = convolutionLength(length);
  const { chirp, kernel } = chirpTables(length, size);
  const longer = { ...transforms, length: size };
  return [
    chirped(transforms, length, size, chirp, context),
    ...stockham({ ...longer, inverse: false }, context),
    chirped(transforms, size, size, kernel, context),
    ...stockham({ ...longer, inverse: true }, context),
    chirped(transforms, size, length, chirp, context),
  ];
}

/** Fast Fourier transforms of any length, in steps that each read and write all numbers. */
export const lowerFft: Lowering<Fft> = (node, id, graph, context) => {
  const operand = node.inputs[0]!;
  const { shape } = graph.nodes[operand]!;
  const { axis, inverse } = node.params;
  const length = shape[axis]!;
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1, -1))];
  const transforms: Transforms = { outer, length, inner, inverse };
  const moves = movesOf(transforms, context);
  const longest = isSmooth(length) ? length : convolutionLength(length);
  const scratch = moves.slice(1, 3).map(() => context.scratch(8 * outer * inner * longest));
  const place = (k: number): Resource =>
    k === 0 ? context.value(operand) : k === moves.length ? context.value(id) : scratch[(k - 1) % 2]!;
  return moves.map((move, k) => move(place(k), place(k + 1)));
};

function movesOf(transforms: Transforms, context: LoweringContext): Move[] {
  const { length } = transforms;
  // One number is its own transform, and 1 its chirp.
  if (length === 1) return [chirped(transforms, 1, 1, chirpTables(1, 1).chirp, context)];
  return isSmooth(length) ? stockham(transforms, context) : bluestein(transforms, context);
}
