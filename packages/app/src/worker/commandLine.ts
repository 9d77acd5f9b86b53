import { shellWord } from "./shellWord.js";

/** A command line to be pasted into a shell of this machine. */
export const commandLine = (
  words: readonly string[],
  windows: boolean = /Windows/.test(navigator.userAgent),
): string => ["npx", "clidim", ...words].map((word) => shellWord(word, windows)).join(" ");
