import { InputError } from "../image/inputError.js";

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its address is not known",
  EAI_AGAIN: "its address could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ENETUNREACH: "there is no network",
  EHOSTUNREACH: "there is no way to it",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_HEADERS_TIMEOUT: "it does not answer",
  UND_ERR_BODY_TIMEOUT: "it stopped sending",
};

/** What broke a connection, in a few words. */
export function connectionReason(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
    if (code !== undefined) return REASONS[code] ?? code;
  }
  return error instanceof Error ? error.message : String(error);
}

/** `fetch` (GET) that says in one sentence, an `InputError`, which server cannot be reached; any status of an answer is returned. */
export async function request(
  url: string,
  { headers, signal }: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  try {
    return await fetch(url, { ...(headers && { headers }), ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw new InputError(
      `cannot reach ${new URL(url).host}: ${connectionReason(error)}; a network connection is needed, or a copy of the data from elsewhere`,
      { cause: error },
    );
  }
}
