import { coloured, type Terminal } from "./terminal.js";

/** Says what there is to know, once of each kind: a batch may say the same of a thousand files. */
export interface Notes {
  /** `file` is the one that the sentence is about. */
  add(sentence: string, file?: string): void;
  /** Says how often the kinds came that came more than once. */
  summarise(): void;
}

/** What a note of one sentence looks like. */
export function noteText({ err }: Terminal, sentence: string, count = 1): string {
  const files = count > 1 ? ` (${count.toLocaleString("en")} files)` : "";
  return `${coloured(err, "yellow", `Note${files}:`)} ${sentence}`;
}

/** `show` prints a line. */
export function startNotes(terminal: Terminal, show: (line: string) => void): Notes {
  const kinds = new Map<string, { readonly first: string; count: number }>();
  return {
    add(sentence, file) {
      const kind = (file === undefined ? sentence : sentence.replaceAll(file, "")).replace(
        /-?\d[\d.e+-]*/g,
        "0",
      );
      const known = kinds.get(kind);
      if (known) {
        known.count++;
        return;
      }
      kinds.set(kind, { first: sentence, count: 1 });
      show(noteText(terminal, sentence));
    },
    summarise() {
      for (const { first, count } of kinds.values()) {
        if (count > 1) show(noteText(terminal, `for example, ${first}`, count));
      }
      kinds.clear();
    },
  };
}
