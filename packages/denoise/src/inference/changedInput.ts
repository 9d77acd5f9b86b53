import { stat } from "node:fs/promises";
import { isUrl } from "@clidim/imaging";
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
 * Whether the file of a recorded input has another content by now: another size, or, of one that was written or put there after the result was begun, another checksum. False of addresses,
 * and where the record does not say. `onHash` is called before the whole file is read.
 */
export async function changedInput(record: unknown, path: string, onHash?: () => void): Promise<boolean> {
  const parsed = schema.safeParse(record);
  if (!parsed.success || isUrl(path)) return false;
  const { date, input } = parsed.data;
  const stats = await stat(path);
  if (input.modified !== undefined && stats.mtime.toISOString() !== input.modified) return true;
  if (stats.isFile() && input.bytes !== undefined && input.bytes !== stats.size) return true;
  // Copies may have the time of what they were copied from; when a file was put in its place is told by its status.
  if (input.sha256 === undefined || !(stats.ctime > new Date(date))) return false;
  onHash?.();
  return (await hashFile(path)).sha256 !== input.sha256;
}
