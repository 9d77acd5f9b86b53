import { InputError } from "../image/inputError.js";
import { TransientError } from "../image/transientError.js";
import type { ByteRange, FileStore } from "./fileStore.js";
import { RequestRefused } from "./requestRefused.js";
import { RequestUnanswered } from "./requestUnanswered.js";

/** Whether a path is an address on the web. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** An address without what may be secret, for messages: a signature after `?`, a password before `@`; likewise of one that is malformed. */
export function urlText(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//");
  const { origin, pathname } = new URL(url);
  return decodedAddress(origin + pathname).replace(/\/+$/, "");
}

/** In plain letters; one whose bytes are no UTF-8 (`%FF`) stays as it is. */
function decodedAddress(address: string, decode = decodeURI): string {
  try {
    return decode(address);
  } catch {
    return address;
  }
}

/** Answers that mean that there is no such file. */
const MISSING: ReadonlySet<number> = new Set([404, 410]);

/** So often is a request made whose answer says that the server is busy, or whose connection breaks. */
const ATTEMPTS = 3;

/**
 * The files below an address, by `fetch`; what the address has after `?` goes with every request, and a name and password before `@` as its basic authentication. Ranges are asked for as such, and a server that
 * sends whole files instead is refused where a range is wanted, as is a malformed address (`InputError`s). What may go better another time is a `TransientError`. Of servers of other origins browsers must be told (CORS) that they may be read.
 */
export function httpFiles(address: string): FileStore {
  if (!URL.canParse(address)) {
    throw new InputError(
      `read ${urlText(address)}: is no valid address, expected one such as https://example.org/image.zarr (a port is from 0 to 65535)`,
    );
  }
  const base = new URL(address);
  return {
    read: async (path, range, { signal } = {}) => {
      const url = new URL(base);
      url.hash = "";
      url.username = "";
      url.password = "";
      url.pathname = `${base.pathname.replace(/\/+$/, "")}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const response = await request(url, headersFor(base, range), signal);
      if (MISSING.has(response.status)) {
        await response.body?.cancel();
        return undefined;
      }
      const where = urlText(url.href);
      // No byte of the range is in the file.
      if (range && response.status === 416) {
        await response.body?.cancel();
        return new Uint8Array(0);
      }
      if (!response.ok) {
        await response.body?.cancel();
        const Kind = isBusy(response) ? TransientError : RequestRefused;
        throw new Kind(`read ${where}: the server answers ${statusText(response)}`);
      }
      if (range && response.status !== 206) {
        await response.body?.cancel();
        throw new InputError(
          `read ${where}: the server gives whole files only, and this image needs parts of them (range requests); download it first`,
        );
      }
      try {
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        signal?.throwIfAborted();
        throw new TransientError(`read ${where}: the connection was cut; try again`, { cause: error });
      }
    },
  };
}

/** Whether a server may answer otherwise another time. */
const isBusy = ({ status }: Response): boolean => status === 429 || status >= 500;

function statusText({ status, statusText: text }: Response): string {
  const reason = status === 401 || status === 403 ? ": it may not be read without permission" : "";
  return `${status}${text ? ` ${text}` : ""}${reason}`;
}

function rangeHeader(range: ByteRange): string {
  return "last" in range
    ? `bytes=-${range.last}`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** `fetch` itself refuses addresses with a password. */
function headersFor({ username, password }: URL, range: ByteRange | undefined): Record<string, string> {
  const words = [username, password].map((word) => decodedAddress(word, decodeURIComponent));
  const who = new TextEncoder().encode(words.join(":"));
  return {
    ...(range && { Range: rangeHeader(range) }),
    ...((username !== "" || password !== "") && {
      Authorization: `Basic ${btoa(String.fromCharCode(...who))}`,
    }),
  };
}

async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        headers,
        ...(signal && { signal }),
      });
      if (!isBusy(response) || attempt === ATTEMPTS) return response;
      await response.body?.cancel();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt === ATTEMPTS) {
        const isPage = "location" in globalThis;
        const Kind = isPage ? RequestUnanswered : TransientError;
        throw new Kind(
          `cannot read from ${url.host}: ${reasonOf(error)}; a network connection is needed${
            isPage ? ", and a server that lets pages of other origins read (CORS)" : ""
          }`,
          { cause: error },
        );
      }
    }
    await pause(attempt, signal);
  }
}

/** What broke a connection: the innermost message, where `fetch` itself says only that it failed. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  if (!(innermost instanceof Error)) return String(innermost);
  return innermost.message || ("code" in innermost ? String(innermost.code) : innermost.name);
}

/** A fifth of a second, then twice as long each time. */
function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const timer = setTimeout(done, 100 * 2 ** attempt);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
