import { dirname, join } from "pathe";

/** Where files lie that the user has given: read only, each time of giving in a folder of its own. */
const ROOT = "/dropped";

const files = new Map<string, Blob>();
/** Each with the names in it. */
const folders = new Map<string, Set<string>>([[ROOT, new Set()]]);
let given = 0;

/** Whether a path is of what the user has given, there or not. */
export const isDropped = (path: string): boolean => path === ROOT || path.startsWith(`${ROOT}/`);

/** A part of a path that is one to every function of paths. */
const plainName = (name: string): string => name.replaceAll("\\", "_");

/** Puts files into a new folder, and returns its path. Their own paths are relative. */
export function addDropped(entries: readonly { readonly path: string; readonly file: Blob }[]): string {
  const folder = `${ROOT}/${given++}`;
  makeFolder(folder);
  for (const { path, file } of entries) {
    const place = join(folder, plainName(path));
    if (!place.startsWith(`${folder}/`)) throw new Error(`addDropped: ${path} leads out of the folder`);
    makeFolder(dirname(place));
    files.set(place, file);
    folders.get(dirname(place))!.add(place.slice(dirname(place).length + 1)); // made just now
  }
  return folder;
}

/** Forgets a file, or a folder with all that is in it. */
export function removeDropped(path: string): void {
  const below = (other: string): boolean => other === path || other.startsWith(`${path}/`);
  for (const file of [...files.keys()].filter(below)) files.delete(file);
  for (const folder of [...folders.keys()].filter(below)) folders.delete(folder);
  folders.get(dirname(path))?.delete(path.slice(dirname(path).length + 1));
}

function makeFolder(path: string): void {
  if (folders.has(path)) return;
  folders.set(path, new Set());
  makeFolder(dirname(path));
  folders.get(dirname(path))!.add(path.slice(dirname(path).length + 1)); // made just now
}

/** Bytes of a file, or of all files of a folder. */
export function droppedBytes(path: string): number {
  const own = files.get(path);
  if (own) return own.size;
  return [...files].reduce((sum, [place, { size }]) => sum + (place.startsWith(`${path}/`) ? size : 0), 0);
}

/** What a path leads to. */
export const droppedFile = (path: string): Blob | undefined => files.get(path);
export const droppedNames = (path: string): readonly string[] | undefined => {
  const names = folders.get(path);
  return names && [...names];
};
