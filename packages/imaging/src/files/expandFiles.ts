import { type Dirent, existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { formatOfName, formatsText } from "../formats/formatOfName.js";
import { isUrl } from "../formats/httpFiles.js";
import { imageFormats } from "../formats/registry.js";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";
import { ignoresCase, realOrResolved } from "./fileIdentity.js";
import { isFolder } from "./folders.js";
import { isImageFolder } from "./isImageFolder.js";
import { onePerImage } from "./onePerImage.js";
import { splitPattern } from "./splitPattern.js";

/** A file that was named, or found by a pattern or in a folder. */
export interface FoundFile {
  /** The path, with the page range that was given with it. */
  readonly file: string;
  /** The folder that it was found in, relative to the one that was searched; empty for a file that was named. Results go to the same folder below that of the results. */
  readonly folder: string;
  /** With `keepGoing`: why the text stands for nothing. */
  readonly error?: InputError;
}

export interface ExpandOptions {
  /** Folders are searched with all that are below. Default false; a caller who says so can be told to say true. */
  readonly recursive?: boolean;
  /** A folder for results: what is in it is not found, where it lies below the folder that is searched. */
  readonly out?: string;
  /** What kind of results a folder holds, undefined of others: what is in folders of results and below is not found, where they lie below the folder that is searched. Default: there are none. */
  readonly resultsIn?: (folder: string) => string | undefined;
  /** Told of each such folder with how many files in it would have been found. */
  readonly onLeftOut?: (folder: string, count: number, kind: string) => void;
  /** What would be an `InputError` is left as it is, with the error; of a folder that is searched, each folder below that cannot be read, beside what the others hold. Default false. */
  readonly keepGoing?: boolean;
}

/**
 * The files that texts of a command line stand for, each of them a path, a pattern (`*`, `?`, `[a-c]`, `{a,b}`, and `**` for folders at any depth) or a folder, which stands for the image files in
 * it; behind each a page range may stand: `fov*.tif#0-8`. What exists by the very name is that, whatever is in the name. In the order given; what a pattern or a folder stands for is in natural order
 * (`t2.tif` before `t10.tif`), found once, also where it is named beside, and without hidden files, pipes and devices. A path of nothing and an address of the web are left as they are, for whoever opens them; `InputError`s: an empty text, even with `keepGoing`, a pattern that matches nothing, a folder without images,
 * one that cannot be read. Of the files of one image (a set of OME-TIFFs) the first one stands for all, since opening it reads them, see `onePerImage`.
 */
export async function expandFiles(
  texts: readonly string[],
  options: ExpandOptions = {},
): Promise<FoundFile[]> {
  const { out, keepGoing = false } = options;
  const results = out === undefined ? undefined : await realOrResolved(out);
  const found = new Set<string>();
  const named = new Set<string>();
  const all: FoundFile[] = [];
  for (const text of texts) {
    // Most likely a variable of the shell that is not set, of which no folder is meant.
    if (text === "") throw new InputError("a file name is empty, expected a file, a pattern or a folder");
    const expansion = await expand(text, options, results).catch((error: unknown) => {
      if (!keepGoing || !(error instanceof InputError)) throw error;
      return [{ file: text, folder: "", error }];
    });
    if (expansion === undefined) {
      const place = isUrl(text) ? text : resolve(text);
      named.add(place);
      if (!found.has(place)) all.push({ file: text, folder: "" });
      continue;
    }
    for (const file of expansion) {
      const place = resolve(file.file);
      if (!found.has(place) && !named.has(place)) all.push(file);
      found.add(place);
    }
  }
  return onePerImage(all);
}

/** What a pattern or a folder stands for; undefined for a file, and for a path of nothing. */
async function expand(
  text: string,
  options: ExpandOptions,
  results: string | undefined,
): Promise<FoundFile[] | undefined> {
  const { recursive } = options;
  if (isUrl(text)) return undefined;
  const [, before, range] = /^(.+)(#\d+(?:-\d+)?)$/.exec(text) ?? [];
  const [path, pages] = before === undefined || existsSync(text) ? [text, ""] : [before, range!];
  if (existsSync(path)) {
    if (!(await isFolder(path)) || (await isImageFolder(path))) return undefined;
    const ofFiles = imageFormats.filter(({ folder }) => !folder);
    const images = (name: string, imageFolder: boolean): boolean =>
      imageFolder || formatOfName(name, ofFiles) !== undefined;
    const files = await search(path, {
      ...options,
      depth: recursive ? Number.POSITIVE_INFINITY : 1,
      results,
      wanted: images,
    });
    if (files.length > 0) return foundIn(path, files, pages);
    const none = `${path} holds no images (${formatsText(imageFormats)})`;
    if (recursive) throw new InputError(none);
    throw recursive === undefined
      ? new InputError(`${none}; a pattern such as ${join(path, "**", "*.tif")} finds those below`)
      : new InputError(`${none}; folders in it are searched with recursive`, { keys: ["recursive"] });
  }
  const { base, pattern } = splitPattern(path);
  if (!picomatch.scan(pattern).isGlob) return undefined;
  const folder = base === "" ? "." : base;
  // Some file systems have "ä" as two characters, as others have it as one.
  const matches = picomatch(pattern.normalize(), { nocase: await ignoresCase(folder) });
  const depth = pattern.includes("**") ? Number.POSITIVE_INFINITY : pattern.split("/").length;
  const files = await search(folder, {
    ...options,
    depth,
    results,
    wanted: (name) => matches(name.normalize()),
  });
  if (files.length === 0) {
    throw new InputError(`${path}: no file matches this pattern, and there is none of this name`);
  }
  return foundIn(base, files, pages);
}

const foundIn = (base: string, entries: readonly Entry[], pages: string): FoundFile[] =>
  entries.map(({ path, error }) =>
    error
      ? { file: join(base, path), folder: "", error }
      : { file: `${join(base, path)}${pages}`, folder: path.split("/").slice(0, -1).join(sep) },
  );

interface Search extends Pick<ExpandOptions, "resultsIn" | "onLeftOut" | "keepGoing"> {
  /** Folders one in another, the first of which is the one that is searched. */
  readonly depth: number;
  readonly results: string | undefined;
  /** Of a path relative to the folder, with "/", which may be a folder that is one image. */
  readonly wanted: (path: string, imageFolder: boolean) => boolean;
}

/** What was found in a folder that was searched. */
interface Entry {
  /** Relative to the folder, with "/". */
  readonly path: string;
  /** Of a folder that cannot be read. */
  readonly error?: InputError;
}

/** What is wanted in a folder, in natural order. */
async function search(
  folder: string,
  { depth, results, resultsIn, onLeftOut, keepGoing = false, wanted }: Search,
): Promise<Entry[]> {
  const found: Entry[] = [];
  // Links may lead in a circle.
  const seen = new Set<string>();
  const visit = async (below: string, level: number, into: Entry[], leftOut = false): Promise<void> => {
    const path = join(folder, below);
    const real = await reading(path, realpath(path));
    if (seen.has(real) || (level > 1 && real === results)) return;
    const kind = level > 1 && !leftOut ? resultsIn?.(path) : undefined;
    if (kind !== undefined) {
      const left: Entry[] = [];
      await visit(below, level, left, true);
      const { length } = left.filter(({ error }) => !error);
      if (length > 0) onLeftOut?.(path, length, kind);
      return;
    }
    seen.add(real);
    for (const entry of await reading(path, readdir(path, { withFileTypes: true }))) {
      if (entry.name.startsWith(".")) continue;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      const leadsOn =
        (entry.isDirectory() || entry.isSymbolicLink()) && (await isFolder(join(path, entry.name)));
      if (leadsOn) await enter(name, level, into, leftOut);
      else if (wanted(name, false) && !(await isSpecial(entry, path))) into.push({ path: name });
    }
  };
  /** Takes a folder for an image, or looks into it. */
  const enter = async (name: string, level: number, into: Entry[], leftOut: boolean): Promise<void> => {
    try {
      if ((level < depth || wanted(name, true)) && (await isImageFolder(join(folder, name)))) {
        if (wanted(name, true)) into.push({ path: name });
      } else if (level < depth) await visit(name, level + 1, into, leftOut);
    } catch (error) {
      if (!keepGoing || !(error instanceof InputError)) throw error;
      into.push({ path: name, error });
    }
  };
  await visit("", 1, found);
  return found.sort((a, b) => naturalOrder(a.path, b.path));
}

/** Whether an entry of a folder is a pipe, a socket or a device, or leads to one. A link to nothing is told of when it is opened. */
async function isSpecial(entry: Dirent, folder: string): Promise<boolean> {
  if (entry.isFile() || entry.isDirectory()) return false;
  const found = await stat(join(folder, entry.name)).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function reading<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fileError("read", path, error);
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/** Folder by folder, numbers by their value: `a/t2.tif`, `a/t10.tif`, `b.tif`. */
function naturalOrder(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = collator.compare(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  // Names that collate alike, such as "t1" and "t01".
  return left.length - right.length || (a < b ? -1 : 1);
}
