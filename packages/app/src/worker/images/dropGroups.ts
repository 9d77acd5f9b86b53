import type { DroppedFile } from "../../engine/engine.js";

/** What was dropped together, so that what it is called is one in each group. Files of several names stay together, since those of an image may find each other by their names. */
export function dropGroups(files: readonly DroppedFile[]): readonly (readonly DroppedFile[])[] {
  const groups: { readonly files: DroppedFile[]; readonly entries: Map<string, number | undefined> }[] = [];
  for (const file of files) {
    const top = file.path.split("/")[0]!;
    let group = groups.find(({ entries }) => !entries.has(top) || entries.get(top) === file.entry);
    if (!group) {
      group = { files: [], entries: new Map() };
      groups.push(group);
    }
    group.entries.set(top, file.entry);
    group.files.push(file);
  }
  return groups.map((group) => group.files);
}
