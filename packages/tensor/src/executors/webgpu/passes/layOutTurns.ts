import type { ResourceSpec } from "./resources.js";

/** Bindings of one buffer may start at multiples of this, on every implementation. */
export const turnStride = 256;

/** The numbers 0, 1, 2, ... of the turns of the longest loop, each where a binding may begin; none without loops. */
export function layOutTurns(resources: readonly ResourceSpec[]): Int32Array<ArrayBuffer> {
  const most = resources.reduce((max, spec) => (spec.kind === "turn" ? Math.max(max, spec.length) : max), 0);
  const every = turnStride / 4;
  const words = new Int32Array(most * every);
  for (let turn = 0; turn < most; turn++) words[turn * every] = turn;
  return words;
}
