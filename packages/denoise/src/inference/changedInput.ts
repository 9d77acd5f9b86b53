import { stat } from "node:fs/promises";
import { fileError, isUrl } from "@clidim/imaging";
import { hashFile, imageState } from "@clidim/imaging/node";
import { z } from "zod";

/** What of a record tells of the input's content. */
const schema = z.looseObject({
  input: z.looseObject({
    bytes: z.number().optional(),
    modified: z.string().optional(),
    sha256: z.string().optional(),
  }),
  date: z.string(),
});

/**
 * What has changed of a recorded input, in words; undefined where nothing has, of addresses, and where the record does not say: its content, by another size or, where a file of it was written or put there after the result was
 * begun, another checksum; of what was too large to be read for a checksum its time, or that of a file of it that was written since. All files of an image count, of a folder and of a set. `onHash` is called before the whole
 * image is read. An `InputError` where it cannot be read.
 */
export async function changedInput(
  record: unknown,
  path: string,
  onHash?: () => void,
): Promise<string | undefined> {
  const parsed = schema.safeParse(record);
  if (!parsed.success || isUrl(path)) return undefined;
  const { input } = parsed.data;
  const begun = new Date(parsed.data.date);
  try {
    const stats = await stat(path);
    const state = await imageState(path);
    // Beside a time stand the bytes of the file that was named alone, beside a checksum those of all that it is of.
    const bytes = input.modified === undefined ? state.bytes : stats.size;
    if (input.bytes !== undefined && input.bytes !== bytes) return CONTENT;
    if (input.modified !== undefined) {
      const others = state.modified > stats.mtime && state.modified > begun;
      return stats.mtime.toISOString() === input.modified && !others
        ? undefined
        : "an input that was changed at another time";
    }
    if (input.sha256 === undefined || !(state.changed > begun)) return undefined;
    onHash?.();
    return (await hashFile(path)).sha256 === input.sha256 ? undefined : CONTENT;
  } catch (error) {
    throw fileError("read", path, error);
  }
}

const CONTENT = "another content of the input";
