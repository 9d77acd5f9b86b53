import { type Plugin } from "vite";
/** What the service worker keeps: an address below its own, and what changes with the contents; null where the address does already. */
export interface KeptFile {
  readonly url: string;
  readonly revision: string | null;
}
/** Adds the service worker, `service-worker.js` beside the page, with the list of all other files of the site. Not in modules, which browsers do not take everywhere for service workers. */
export declare const offline: () => Plugin;
//# sourceMappingURL=offline.d.ts.map
