/**
 * `write` is a storage buffer that is read and written; `turn` one whose only element is chosen when a command is recorded; textures are two-dimensional rgba32float storage
 * textures.
 */
export type BindingKind = "read" | "write" | "turn" | "uniform" | "texture-read" | "texture-write";

/** A WGSL module with entry point `main`; binding i of group 0 is of kind `bindings[i]`. */
export interface KernelSource {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly BindingKind[];
  /** Bytes of `var<immediate>`: a multiple of 4, at most 64. */
  readonly immediateSize: number;
}
