import { InputError } from "../../image/inputError.js";
import type { FileStore } from "../fileStore.js";
import { RequestRefused } from "../requestRefused.js";
import { RequestUnanswered } from "../requestUnanswered.js";

/** What JSON gives for `{...}`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A group or an array of a Zarr hierarchy. */
export interface ZarrNode {
  readonly version: 2 | 3;
  readonly kind: "group" | "array";
  readonly attributes: JsonObject;
  /** What describes it: `zarr.json`, `.zarray` or `.zgroup`. */
  readonly document: JsonObject;
}

/** The path of a file of a node; the root's path is empty. */
export const inNode = (path: string, file: string): string => (path === "" ? file : `${path}/${file}`);

/** The files that say that a folder is a node. */
const NODE_FILES = ["zarr.json", ".zarray", ".zgroup", ".zattrs"];

/**
 * The files of a node that there are. Some servers answer that nobody may read a file where there is none, and some give pages no answer then; so this counts only where no other file is there. Whatever else keeps a file from being read is thrown: without
 * its attributes a node says other things.
 */
async function readNodeFiles(files: FileStore, path: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  let refused: unknown;
  const read = async (file: string): Promise<void> => {
    try {
      const bytes = await files.read(inNode(path, file));
      if (bytes) found.set(file, bytes);
    } catch (error) {
      if (!(error instanceof RequestRefused || error instanceof RequestUnanswered)) throw error;
      refused ??= error;
    }
  };
  const [first, ...others] = NODE_FILES;
  await read(first!);
  if (found.size === 0) await Promise.all(others.map(read));
  if (found.size === 0 && refused !== undefined) throw refused;
  return found;
}

/** Whether a folder is a node. */
export async function isNode(files: FileStore): Promise<boolean> {
  return (await readNodeFiles(files, "")).size > 0;
}

/** The node at a path, version 3 before version 2 where there are both; undefined where there is none. */
export async function readNode(files: FileStore, name: string, path: string): Promise<ZarrNode | undefined> {
  const found = await readNodeFiles(files, path);
  const json = (file: string): JsonObject | undefined => {
    const bytes = found.get(file);
    return bytes && parseJson(bytes, `${name}/${inNode(path, file)}`);
  };
  const document = json("zarr.json");
  if (document) {
    const { node_type: kind, attributes, zarr_format: version } = document;
    if (version !== 3 || (kind !== "group" && kind !== "array")) {
      throw new InputError(
        `${name}/${inNode(path, "zarr.json")} describes no group or array of Zarr version 3`,
      );
    }
    return { version: 3, kind, attributes: isObject(attributes) ? attributes : {}, document };
  }
  const [array, attributes] = [json(".zarray"), json(".zattrs")];
  const own = array ?? json(".zgroup") ?? attributes;
  return own && { version: 2, kind: array ? "array" : "group", attributes: attributes ?? {}, document: own };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(bytes: Uint8Array, file: string): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch (error) {
    throw new InputError(`${file} is truncated or damaged: it is no JSON`, { cause: error });
  }
  throw new InputError(`${file} is damaged: expected a JSON object`);
}
