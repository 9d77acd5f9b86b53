import { z } from "zod";
import { type Checksum, parseChecksum } from "./checksum.js";
import { request } from "./request.js";

/** What a Zenodo record says of one of its files. */
export interface RecordedFile {
  readonly bytes: number;
  readonly checksum: Checksum;
}

const Answer = z.object({
  files: z.array(z.object({ key: z.string(), size: z.number(), checksum: z.string() })),
});

/**
 * Looks up a file of a record with Zenodo's API. A sentence instead where the API does not tell: the file may be there all the same. A server that
 * cannot be reached is an `InputError`.
 */
export async function zenodoRecord(
  baseUrl: string,
  record: number,
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RecordedFile | string> {
  const url = `${baseUrl}/api/records/${record}`;
  const response = await request(url, { headers: { Accept: "application/json" }, ...options });
  if (!response.ok) {
    await response.body?.cancel();
    return `${url} answered ${response.status}`;
  }
  try {
    const { files } = Answer.parse(await response.json());
    const entry = files.find(({ key }) => key === file);
    if (!entry) return `${url} does not list ${file}`;
    return { bytes: entry.size, checksum: parseChecksum(entry.checksum) };
  } catch {
    options.signal?.throwIfAborted();
    return `${url} answered in a form that is not known`;
  }
}
