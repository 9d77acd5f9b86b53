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

/** A word in a colour, for the beginning of a line, where the stream is a terminal that has them; NO_COLOR and FORCE_COLOR are heard. */
export function coloured(
  stream: TerminalStream,
  colour: "red" | "yellow" | "green" | "bold",
  text: string,
): string {
  return styleText(colour, text, { stream });
}

/** Characters that move the cursor, end lines, change colours or the direction of writing (C0, C1, DEL, those of two directions, line separators). */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text as it is shown: file names may have any characters, and those that would act on the terminal are written as `\n`, `\x1b`, `\u202e`. */
export function shownText(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return (
      SHORT[character] ?? (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`)
    );
  });
}

/** What `coloured` makes of a word at the beginning of a line. */
const COLOURED_WORD = /^\p{Cc}\[\d+m[\w ():,-]+\p{Cc}\[\d+m/u;

function shownLine(line: string): string {
  const word = COLOURED_WORD.exec(line)?.[0] ?? "";
  return `${word}${shownText(line.slice(word.length))}`;
}

/** Prints one line of a result, with what file names may have in them made visible. */
export function print({ out }: Terminal, line = ""): void {
  out.write(`${shownLine(line)}\n`);
}

/** Prints one line that is not a result, likewise. */
export function note({ err }: Terminal, line: string): void {
  err.write(`${shownLine(line)}\n`);
}
