import { existsSync } from "node:fs";
import type { FileSpec } from "../image/fileSpec.js";
import { InputError } from "../image/inputError.js";

/**
 * `clean.tif`, `clean.tif#3` or `clean.tif#0-8`. A file whose name really contains the `#` wins over the reading as a range; where no file has the name before it, what follows is a
 * part of the name unless it is a range.
 */
export function parseFileSpec(text: string): FileSpec {
  const at = text.lastIndexOf("#");
  if (at <= 0 || existsSync(text)) return { path: text };
  const path = text.slice(0, at);
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.slice(at + 1));
  if (!match) {
    if (!existsSync(path)) return { path: text };
    throw new InputError(
      `${text}: expected a page or a page range after '#', such as ${path}#3 or ${path}#0-8 (zero-based, inclusive)`,
    );
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (last < first) {
    throw new InputError(`${text}: the page range is empty, its end ${last} comes before its start ${first}`);
  }
  return { path, range: { first, last } };
}
