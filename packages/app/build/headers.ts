import type { Plugin } from "vite";

/**
 * What the page and its workers may load: their own files alone. Images come from memory; WebAssembly (decoders of compressed files, what computes where there is no GPU) is compiled from the site's own files; connections to other places
 * are those that the user asks for by an address (OME-Zarr).
 */
const policy: Readonly<Record<string, readonly string[]>> = {
  "default-src": ["'none'"],
  "script-src": ["'self'", "'wasm-unsafe-eval'"],
  // Threads that compute are made from memory.
  "worker-src": ["'self'", "blob:"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "blob:", "data:"],
  "connect-src": ["'self'", "blob:", "data:", "https:", "http://localhost:*", "http://127.0.0.1:*"],
  "manifest-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
};

const textOf = (directives: typeof policy): string =>
  Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(" ")}`)
    .join("; ");

/** Has browsers isolate the page from all others, so that it may share memory with its threads. */
export const isolation: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What a server should send with every file of the site. */
const headers: Readonly<Record<string, string>> = {
  // A page in a frame of another site could be made to look like part of it. A `meta` element cannot say this.
  "Content-Security-Policy": textOf({ ...policy, "frame-ancestors": ["'none'"] }),
  ...isolation,
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Puts the policy into the page, for servers that send no headers, and `headers.json` beside it, for those that do (`clidim app`). */
export const securityHeaders = (): Plugin => ({
  name: "security-headers",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: textOf(policy) },
      injectTo: "head-prepend",
    },
  ],
  generateBundle() {
    this.emitFile({
      type: "asset",
      fileName: "headers.json",
      source: `${JSON.stringify(headers, null, 2)}\n`,
    });
  },
});
