import { expandFiles } from "@clidim/imaging/node";

/** The files that the texts of an option stand for, see `expandFiles`. */
export async function filesNamed(texts: readonly string[]): Promise<string[]> {
  return (await expandFiles(texts)).map(({ file }) => file);
}
