/** A compiled module. */
export type WasmModule = object & { readonly wasmModule?: never };

/** A memory that functions of a module and typed arrays share. */
export interface WasmMemory {
  /** Another one after the memory has grown. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Throws where there is no more. */
  grow(pages: number): number;
}

interface Instance {
  readonly exports: Readonly<Record<string, (...addresses: number[]) => void>>;
}

/** What is used of the platform's interface, which no library of types that this package builds with has. */
interface Api {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<Instance>;
}

/** A module with a function that has a vector: () => v128.const 0. */
const vectorModule = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 22, 1, 20, 0, 0xfd, 12, ...new Array<number>(16).fill(0), 0x0b],
];

/** The platform's WebAssembly. Throws where there is none with 128-bit vectors. */
export function webAssembly(): Api {
  const { WebAssembly: api } = globalThis as { readonly WebAssembly?: Api };
  if (!api) throw new Error("WasmExecutor: there is no WebAssembly here; use another executor");
  if (!api.validate(Uint8Array.from(vectorModule))) {
    throw new Error(
      "WasmExecutor: WebAssembly here has no 128-bit vectors (SIMD); use a browser of 2023 or later, or another executor",
    );
  }
  return api;
}
