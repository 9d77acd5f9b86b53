/** What is used of Bun's own module. */
interface BunFfi {
  dlopen(
    library: string,
    functions: { readonly setenv: { readonly args: readonly string[]; readonly returns: string } },
  ): { readonly symbols: { setenv(name: Uint8Array, value: Uint8Array, overwrite: number): number } };
}

/**
 * Sets a variable of the environment for native libraries too. In Bun, `process.env` is an object of its own, which they do not see: there C's own function is called.
 */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
  if (process.versions.bun === undefined) return;
  // A module that Node does not have.
  const { dlopen } = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  const { symbols } = dlopen("libc.so.6", {
    setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" },
  });
  const text = (words: string): Uint8Array => new TextEncoder().encode(`${words}\0`);
  symbols.setenv(text(name), text(value), 1);
}
