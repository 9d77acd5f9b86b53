import type { Graph } from "../../../primitives/graph.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import type { BindingKind, KernelSource } from "../device/kernelSource.js";
import type { TileChoices } from "../device/tileChoices.js";
import type { Choice } from "./gate.js";

/** A buffer or texture of a program, by number. What it is stands in the program's resource table. */
export type Resource = number;

/**
 * A WGSL module with entry point `main`; binding i of group 0 is of kind `bindings[i]`. It declares a struct `Parameters` and reads its numbers from `p`, which
 * lowering declares: what a kernel does not know is how they reach it.
 */
export interface Kernel {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly BindingKind[];
}

/** Copies a whole buffer into a whole texture; a row is `width * 16` bytes, a multiple of 256. */
export interface CopyToTexture {
  readonly kind: "copyToTexture";
  readonly source: Resource;
  readonly texture: Resource;
}

/** An entry of a gate, where it begins. */
export interface GatePlace {
  readonly resource: Resource;
  readonly offset: number;
}

/** What a kernel is run on. */
interface Dispatch {
  readonly kind: "dispatch";
  readonly resources: readonly Resource[];
  readonly workgroups: readonly [number, number, number];
  /** Floating-point operations, where they are worth counting. */
  readonly flops?: number;
}

/** One command as a lowering makes it. */
export type Step = (Dispatch & { readonly kernel: Kernel; readonly parameters: Uint32Array }) | CopyToTexture;

/** A value that changes from turn to turn of a loop. */
export interface Carried {
  /** Where the value of the first turn lies. */
  readonly initial: Resource;
  /** Where the last turn leaves it. */
  readonly final: Resource;
  /** Where every second turn before leaves it, the others at `final`. */
  readonly between: Resource;
  /** What the loop's commands call the place of the value that goes into a turn, and that of the value that comes out. */
  readonly now: Resource;
  readonly next: Resource;
}

/** Commands that run `length` times. */
export interface Loop {
  readonly kind: "loop";
  readonly length: number;
  /** Whether the number of the turn counts down. */
  readonly reverse: boolean;
  readonly steps: readonly ProgramStep[];
  readonly carried: readonly Carried[];
  /** What has its place from the first turn to the last; the other memory of the commands is of one turn. */
  readonly throughout: readonly Resource[];
}

/** One command of a program, with the parameters where its pipeline takes them. */
export type BoundStep =
  | (Dispatch & {
      readonly kernel: KernelSource;
      readonly immediates: Uint32Array;
      /** Whether the command runs: with its workgroups where the entry of the gate is open, with none else. */
      readonly gate?: GatePlace;
      /** What a command that opens a gate chooses. */
      readonly choice?: Choice;
    })
  | CopyToTexture;

/** What a program does one after the other. */
export type ProgramStep = BoundStep | Loop;

/** A texture of `width * height` texels of four f32. `key` names the arrangement of the value in it. */
export interface TextureLayout {
  readonly width: number;
  readonly height: number;
  readonly key: string;
}

/** Partial results of a reduction or contraction, [rows, outputs]. */
export interface Parts {
  readonly resource: Resource;
  readonly rows: number;
}

/** What a contraction's kernel does with its sums: stores them, or computes what uses them and stores that. */
export interface Store {
  /** Declares the bindings from 2 on, and `store(start, column, value)`, which the kernel calls with what it has summed up. */
  readonly code: string;
  readonly bindings: readonly BindingKind[];
  readonly resources: readonly Resource[];
  /** Whether halves are among the bindings. */
  readonly halves: boolean;
  /** For the kernel's label. */
  readonly label: string;
}

/** What a lowering may ask of the program under construction. */
export interface LoweringContext {
  readonly traits: AdapterTraits;
  /** Which tile a product takes. */
  readonly tiles: TileChoices;
  /** The buffer that holds a node's value, row-major. */
  value(node: number): Resource;
  /** A buffer that lives from the first to the last step that names it. */
  scratch(byteLength: number): Resource;
  /** The texture that already holds a node's value in this layout, if any. */
  texture(node: number, layout: TextureLayout): Resource | undefined;
  /** A texture for a node's value in this layout; the caller fills it. */
  newTexture(node: number, layout: TextureLayout): Resource;
  /** Says where a node's parts lie, [rows, outputs], for the kernel that folds them. */
  leaveParts(node: number, parts: Parts): void;
  /** Where they lie, for a reduction or contraction that was left in parts. */
  parts(node: number): Parts | undefined;
  /**
   * What becomes of the contraction's sums in its own kernel, which has them one by one or as vectors of four neighbouring columns; undefined where they
   * are to be stored as the node's value.
   */
  epilogue(lanes: 1 | 4): Store | undefined;
  /** A uniform buffer with fixed contents. */
  uniform(words: Uint32Array): Resource;
  /** A buffer with fixed contents that is bound as "read": numbers that were computed in float64. */
  table(words: Uint32Array): Resource;
  /** The node that holds the number of the turn, for a value that is stored as the element of that number along a first axis. */
  turnOf(node: number): number | undefined;
}

/** Turns one node into commands. */
export type Lowering<N> = (node: N, id: number, graph: Graph, context: LoweringContext) => Step[];
