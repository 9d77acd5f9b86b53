/** What is used of Bun's own module. */
interface BunFfi {
  dlopen(library: string, functions: Readonly<Record<string, Signature>>): { readonly symbols: Libc };
}

interface Signature {
  readonly args: readonly string[];
  readonly returns: string;
}

/** Functions of C's library by their own names; texts end with a zero. */
interface Libc {
  setenv(name: Uint8Array, value: Uint8Array, overwrite: number): number;
  /** The library's handle, or null. */
  dlopen(file: Uint8Array, flags: number): number | null;
}

/** C's library for what Bun does in another way than Node, or undefined in Node. */
export function bunLibc(): Libc | undefined {
  if (process.versions.bun === undefined) return undefined;
  // A module that Node does not have.
  const { dlopen } = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  return dlopen("libc.so.6", {
    setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" },
    dlopen: { args: ["cstring", "i32"], returns: "ptr" },
  }).symbols;
}

/** A text as C has it. */
export const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
