import { InputError } from "@clidim/imaging";
import {
  exists,
  fileIdentity,
  openAtomic,
  openFile,
  parseFileSpec,
  realOrResolved,
} from "@clidim/imaging/node";

/** A file that a command writes where its user has said. */
export interface OutputFile {
  /** The option that names it. */
  readonly key: string;
  readonly path: string;
  /** Where only files of a kind may be replaced: what it is called, without an article, and whether a file that begins with a text is one. */
  readonly kind?: { readonly title: string; readonly begins: (head: string) => boolean };
}

/** Bytes of a file that tell what it is. */
const HEAD = 1024;

/**
 * Throws an `InputError`, before the work and not after it, where two outputs are one file, where one would replace one of the `inputs` (with optional page ranges) or a file of another kind, where a file is there already and
 * `overwrite` is false, and where nothing can be written.
 */
export async function checkOutputFiles(
  outputs: readonly OutputFile[],
  inputs: readonly string[],
  overwrite: boolean,
): Promise<void> {
  const sources = new Map<string, string>();
  for (const input of inputs) {
    const { path } = parseFileSpec(input);
    const identity = await fileIdentity(path);
    if (identity !== undefined) sources.set(identity, path);
  }
  const taken = new Map<string, string>();
  for (const { key, path, kind } of outputs) {
    const place = (await fileIdentity(path)) ?? (await realOrResolved(path));
    const other = taken.get(place);
    if (other !== undefined) {
      throw new InputError(`${path} is asked for twice; give each file a name of its own`, {
        keys: [other, key],
      });
    }
    taken.set(place, key);
    const input = sources.get(place);
    if (input !== undefined) {
      throw new InputError(`${path} would overwrite the input ${input}; choose another name`, {
        keys: [key],
      });
    }
    if (await exists(path)) {
      if (kind && !kind.begins(await headOf(path))) {
        throw new InputError(`${path} is there already and is no ${kind.title}; choose another name`, {
          keys: [key],
        });
      }
      if (!overwrite) {
        throw new InputError(`${path} is there already; overwrite it, or choose another name`, {
          keys: [key],
        });
      }
    }
    await (await openAtomic(path)).abort();
  }
}

/** The first bytes of a file as text; none of what cannot be read. */
async function headOf(path: string): Promise<string> {
  try {
    const file = await openFile(path);
    try {
      return new TextDecoder().decode(await file.read(0, Math.min(HEAD, file.byteLength)));
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}
