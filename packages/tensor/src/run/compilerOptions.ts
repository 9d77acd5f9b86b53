import type { CompilerOptions } from "../executor.js";

/** The names of all switches of the compiler. */
export const compilerOptions = Object.keys({
  simplify: true,
  foldWidth: true,
  fuse: true,
  epilogues: true,
  inPlace: true,
  reuseMemory: true,
  immediates: true,
} satisfies { readonly [K in keyof Required<CompilerOptions>]: true }) as (keyof CompilerOptions)[]; // its keys
