/** Where a command prints: results to `out`, progress, warnings and errors to `err`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Prints one line of a result. */
export function print({ out }: Terminal, line = ""): void {
  out.write(`${line}\n`);
}

/** Prints one line that is not a result. */
export function note({ err }: Terminal, line: string): void {
  err.write(`${line}\n`);
}
