import type { DType, TypedArray } from "./dtype.js";
import type { Graph } from "./primitives/graph.js";
import type { PrimitiveParams } from "./primitives/params.js";
import type { Aval } from "./shape.js";

/**
 * Switches of the compiler's passes, on by default but for those that say otherwise; results agree whichever are off. An executor ignores those of passes that it
 * does not have.
 */
export interface CompilerOptions {
  readonly simplify?: boolean;
  /** Convolutions of few channels over folded rows. By default on software adapters, where it was measured. */
  readonly foldWidth?: boolean;
  readonly fuse?: boolean;
  /**
   * What uses a contraction, element by element, as part of its kernel; not without `fuse`. By default on GPUs: on a software adapter nothing is gained, and a first
   * step with an empty shader cache takes twice as long.
   */
  readonly epilogues?: boolean;
  readonly inPlace?: boolean;
  readonly reuseMemory?: boolean;
  /** Parameters of kernels as immediates, where the device has them, instead of a uniform buffer; not by default, as they cost a call per command. */
  readonly immediates?: boolean;
}

/** A tensor's value where an executor keeps it. */
export interface Value {
  readonly executor: Executor;
  /** Copies the value to the host, row-major. Waits for the work that computes it, and rejects with what went wrong there. */
  read(dtype: DType): Promise<TypedArray>;
  /** Returns the memory to the executor. The value is not used afterwards; a second call does nothing. */
  release(): void;
}

/** One run of an executable, whose results have their memory already. */
export interface Run {
  /**
   * Starts the work, one value per input of the graph, and does not wait for it. Returns one value per output: a new one, or that of a donated input whose memory
   * was taken over. Throws where an input lives on another executor.
   */
  start(inputs: readonly Value[]): readonly Value[];
  /** Returns the memory that was reserved: that of a run which is not started, or whose results nobody wants. */
  cancel(): void;
}

/** A graph made ready to run, again and again. */
export interface Executable {
  /** Shape and dtype of each output. */
  readonly outputs: readonly Aval[];
  /** Bytes that it holds between runs. */
  readonly byteLength: number;
  /**
   * Memory for the results of one run: at once where there is some, so that a step that is repeated waits for nothing, else once it is certain. Rejects where there
   * is none.
   */
  reserve(): Run | Promise<Run>;
  /** Returns what it holds. Runs that were started are not disturbed. */
  release(): void;
}

/** What was measured for one product, and the tile that it takes from now on. */
export interface TunedProduct {
  /** Kernel, sizes and dtype: `conv2d 65536x64x1024 f32`. */
  readonly product: string;
  readonly tile: string;
  /** By tile: the least time of a run. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** What a value holds that is not a finite number. */
export interface NotFinite {
  readonly count: number;
  readonly nans: number;
  /** Row-major position of the first. */
  readonly first: number;
}

/**
 * What turns a graph into results: a WebGPU device (`Device`), or the float64 interpreter (`Interpreter` of `@clidim/tensor/reference`). Operations, gradients and
 * layers know none, and `compile`, `evaluate`, `explain` and `memoryAnalysis` know this alone. The optional members are what only some can do.
 */
export interface Executor {
  /** In a few words, for errors: the name of an adapter. */
  readonly name: string;
  readonly limits: {
    /** The most bytes that one value may take, by its dtype's size. */
    readonly valueBytes: number;
  };
  /** Another number whenever a graph that is compiled from now on may become another executable than before. */
  readonly revision: number;
  /** Copies host values to where executables read them: at once where there is memory, else once it is certain. Rejects where there is none. */
  put(constants: readonly PrimitiveParams["constant"][]): readonly Value[] | Promise<readonly Value[]>;
  /**
   * Makes a graph ready to run. `donated` tells for each of its inputs whether the results may take over its memory. Rejects where the graph needs what the executor
   * has not.
   */
  compile(graph: Graph, donated: readonly boolean[], options?: CompilerOptions): Promise<Executable>;
  /** `Executable.byteLength` of what `compile` would make of a graph. Nothing is compiled or run. */
  plannedBytes(graph: Graph, donated: readonly boolean[], options?: CompilerOptions): number;
  /** What `compile` would make of a graph, as text. Nothing is compiled or run. */
  explain(graph: Graph, donated: readonly boolean[], options?: CompilerOptions): string;
  /** Measures the kernels that the products of a graph could take, and lets what is compiled from now on take the fastest. */
  tune?(
    graph: Graph,
    onProduct?: (product: string, index: number, count: number) => void,
  ): Promise<TunedProduct[]>;
  /** Looks for NaN and infinity in a value of `length` floats where it lies; without it, the value is read and searched on the host. */
  findNotFinite?(value: Value, dtype: DType, length: number): Promise<NotFinite>;
}

/** The error of a run that was handed a value of another executor. */
export const livesElsewhere = (executor: Executor, value: Value): Error =>
  new Error(
    `run: the program runs on ${executor.name}, but an input lives on ${value.executor.name}; read its data and make a tensor of it on the other`,
  );
