import { stat } from "node:fs/promises";
import { fileError, isUrl } from "@clidim/imaging";
import { hashFile } from "@clidim/imaging/node";
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
 * What has changed of a recorded input, in words; undefined where nothing has, of addresses, and where the record does not say: its content, by another size or, of one that was written or put there after the result was
 * begun, another checksum; of what was too large to be read for a checksum, and of folders as large, its time. `onHash` is called before the whole file is read. An `InputError` where it cannot be read.
 */
export async function changedInput(
  record: unknown,
  path: string,
  onHash?: () => void,
): Promise<string | undefined> {
  const parsed = schema.safeParse(record);
  if (!parsed.success || isUrl(path)) return undefined;
  const { date, input } = parsed.data;
  try {
    const stats = await stat(path);
    if (stats.isFile() && input.bytes !== undefined && input.bytes !== stats.size) return CONTENT;
    if (input.modified !== undefined) {
      return stats.mtime.toISOString() === input.modified
        ? undefined
        : "an input that was changed at another time";
    }
    // Copies may have the time of what they were copied from; when a file was put in its place is told by its status.
    if (input.sha256 === undefined || !(stats.ctime > new Date(date))) return undefined;
    onHash?.();
    return (await hashFile(path)).sha256 === input.sha256 ? undefined : CONTENT;
  } catch (error) {
    throw fileError("read", path, error);
  }
}

const CONTENT = "another content of the input";
