import type { Resource } from "./kernels/step.js";
import type { ResourceSpec } from "./passes/resources.js";

/** Bindings of one buffer may start at multiples of this, on every implementation. */
const uniformAlignment = 256;

/** The numbers of all uniforms and tables in one piece, and where each begins; what is the same lies there once. */
export function layOutUniforms(resources: readonly ResourceSpec[]): {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly offsets: ReadonlyMap<Resource, number>;
} {
  const offsets = new Map<Resource, number>();
  const pieces = new Map<string | Uint32Array, { readonly offset: number; readonly words: Uint32Array }>();
  let end = 0;
  resources.forEach((spec, resource) => {
    if (spec.kind !== "uniform" && spec.kind !== "table") return;
    // Tables may be long, and are made once.
    const key = spec.kind === "table" ? spec.words : spec.words.join();
    let piece = pieces.get(key);
    if (!piece) {
      piece = { offset: end, words: spec.words };
      pieces.set(key, piece);
      end += uniformAlignment * Math.ceil(spec.words.byteLength / uniformAlignment);
    }
    offsets.set(resource, piece.offset);
  });
  const words = new Uint32Array(end / 4);
  for (const piece of pieces.values()) words.set(piece.words, piece.offset / 4);
  return { words, offsets };
}
