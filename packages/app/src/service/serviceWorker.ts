/**
 * Keeps all files of the site from the first visit on, so that it opens without a network, and gives them from there, to the page of that visit too: what that loads later is of its own version. A new version of the site is taken over as a whole, when no page of the old one is open any more.
 */
import { addPlugins, cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";
import type { KeptFile } from "./keptFile.js";

declare const KEPT_FILES: readonly KeptFile[];
/** Headers by which browsers isolate a page from all others. Static servers do not send them. */
declare const ISOLATION: Readonly<Record<string, string>>;
/** As service workers have it. */
declare const clients: { claim(): Promise<void> };

addPlugins([
  {
    async handlerWillRespond({ response }) {
      const headers = new Headers(response.headers);
      for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
      const { status, statusText } = response;
      return new Response(response.body, { status, statusText, headers });
    },
  },
]);

addEventListener("activate", (event) => {
  (event as Event & { waitUntil(work: Promise<void>): void }).waitUntil(clients.claim()); // as of service workers
});

cleanupOutdatedCaches();
// The page is the same whatever its address asks for.
precacheAndRoute([...KEPT_FILES], { ignoreURLParametersMatching: [/./] });
