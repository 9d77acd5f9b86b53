import { styleText } from "node:util";

/** A stream that may be a terminal. */
export type TerminalStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Where a command prints: results to `out`, progress, warnings and errors to `err`. */
export interface Terminal {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
}

/** The width of a terminal; 80 where it is not known. */
export function columnsOf({ columns }: TerminalStream): number {
  return columns || 80;
}

/** A text in a colour where the stream is a terminal that has them; NO_COLOR and FORCE_COLOR are heard. */
export function coloured(
  stream: TerminalStream,
  colour: "red" | "yellow" | "green" | "bold",
  text: string,
): string {
  return styleText(colour, text, { stream });
}

/** Prints one line of a result. */
export function print({ out }: Terminal, line = ""): void {
  out.write(`${line}\n`);
}

/** Prints one line that is not a result. */
export function note({ err }: Terminal, line: string): void {
  err.write(`${line}\n`);
}
