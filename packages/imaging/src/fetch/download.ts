import { type FileHandle, open, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { fileError } from "../files/fileError.js";
import { writeWhole } from "../files/writeWhole.js";
import { InputError } from "../image/inputError.js";
import { connectionReason, request } from "./request.js";

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Bytes that are here, those that were here before included, and how many there will be, where the server tells. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Milliseconds before the first new attempt; doubled for each that follows without progress. Default 1000. */
  readonly pauseMilliseconds?: number;
}

/** So many attempts in a row without a byte that was not here before, and the download is given up. */
const ATTEMPTS = 5;

const Origin = z.object({ url: z.string(), validator: z.string().nullable(), total: z.number().nullable() });

/** What the unfinished file was taken from: how the server names that version of it, and its size. */
type Origin = z.infer<typeof Origin>;

/**
 * Downloads into `path.part` and renames it to `path` when it is complete. What an earlier download left there is gone on with (HTTP Range) as long as the server still has the
 * same version (If-Range, and the size); after a cut it is tried again, up to five times in a row without progress. Aborting leaves what there is.
 * One process at a time may download to a path.
 * `InputError`s: the server cannot be reached, refuses, or keeps cutting the connection; no space.
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const { signal, pauseMilliseconds = 1000 } = options;
  const part = `${path}.part`;
  let failures = 0;
  let had = await sizeOf(part);
  let goesOn = true;
  for (;;) {
    const outcome = await attempt(url, part, options);
    if (outcome.kind === "complete") break;
    const have = await sizeOf(part);
    failures = have > had ? 1 : failures + 1;
    // A server that starts over sends bytes that have been here before.
    had = Math.max(had, have);
    goesOn = outcome.wentOn ?? goesOn;
    if (failures >= ATTEMPTS) {
      const next = goesOn
        ? `run the same command again to go on after ${have} bytes`
        : "the server cannot go on where it was cut, so that the same command starts over";
      throw new InputError(`${url}: ${outcome.reason}, ${ATTEMPTS} times in a row; ${next}`);
    }
    await pause(pauseMilliseconds * 2 ** (failures - 1), undefined, { ...(signal && { signal }) }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
  try {
    await rename(part, path);
    await rm(originPath(part), { force: true });
  } catch (error) {
    throw fileError("write", path, error);
  }
}

type Outcome =
  | { readonly kind: "complete" }
  | {
      readonly kind: "again";
      readonly reason: string;
      /** Whether the server, asked for what is not here yet, sent that rather than all of the file; undefined where it was not asked or sent nothing. */
      readonly wentOn?: boolean;
    };

async function attempt(url: string, part: string, { signal, onProgress }: DownloadOptions): Promise<Outcome> {
  const origin = await readOrigin(part);
  let have = origin?.url === url ? await sizeOf(part) : 0;
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (have > 0) headers.Range = `bytes=${have}-`;
  if (have > 0 && origin?.validator) headers["If-Range"] = origin.validator;
  let response: Response;
  try {
    response = await request(url, { headers, ...(signal && { signal }) });
  } catch (error) {
    // Where something has arrived, the network is more likely to come back than never to have been.
    if (have === 0 || !(error instanceof InputError)) throw error;
    return { kind: "again", reason: error.message };
  }
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  const rangeTotal = range ? Number(range[2]) : undefined;
  if (response.status === 416) {
    await response.body?.cancel();
    if (have > 0 && rangeTotal === have) return { kind: "complete" };
    await discard(part);
    return { kind: "again", reason: "the server has another version than the one that was begun" };
  }
  if (response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    return { kind: "again", reason: `the server answered ${statusText(response)}` };
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new InputError(`${url}: the server answered ${statusText(response)}, expected the file`);
  }
  const wentOn = have > 0 && { wentOn: response.status === 206 };
  if (response.status === 206) {
    const fits = range?.[1] === String(have) && (origin?.total === null || origin?.total === rangeTotal);
    if (!fits) {
      await response.body.cancel();
      await discard(part);
      return { kind: "again", reason: "the server sent another part than the one asked for" };
    }
  } else {
    have = 0;
  }
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = rangeTotal ?? (Number.isFinite(length) ? length : undefined);
  // Weak tags do not promise the same bytes.
  const tag = response.headers.get("etag");
  const validator = tag && !tag.startsWith("W/") ? tag : response.headers.get("last-modified");
  // In this order: bytes of one version must never stand beside the record of another.
  const file = await openAt(part, have);
  try {
    await recordOrigin(part, { url, validator, total: total ?? null });
    onProgress?.(have, total);
    // The body of fetch is a stream of byte arrays, and async iterable in Node.
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      await append(file, part, chunk, have);
      have += chunk.length;
      onProgress?.(have, total);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    return { kind: "again", reason: connectionReason(error), ...wentOn };
  } finally {
    await file.close();
  }
  return total === undefined || have === total
    ? { kind: "complete" }
    : { kind: "again", reason: `the server sent ${have} of ${total} bytes`, ...wentOn };
}

async function append(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  try {
    await writeWhole(file, bytes, position);
  } catch (error) {
    throw fileError("write", path, error);
  }
}

async function openAt(part: string, size: number): Promise<FileHandle> {
  try {
    const file = await open(part, "a");
    await file.close();
    await truncate(part, size);
    return await open(part, "r+");
  } catch (error) {
    throw fileError("write", part, error);
  }
}

function originPath(part: string): string {
  return `${part}.json`;
}

async function recordOrigin(part: string, origin: Origin): Promise<void> {
  try {
    await writeFile(originPath(part), JSON.stringify(origin));
  } catch (error) {
    throw fileError("write", originPath(part), error);
  }
}

async function readOrigin(part: string): Promise<Origin | undefined> {
  try {
    return Origin.parse(JSON.parse(await readFile(originPath(part), "utf8")));
  } catch {
    return undefined; // without a record of where it comes from, what is there cannot be gone on with
  }
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(originPath(part), { force: true });
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function statusText({ status, statusText: text }: Response): string {
  return text ? `${status} ${text}` : String(status);
}
