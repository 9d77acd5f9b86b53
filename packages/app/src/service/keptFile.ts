/** What the service worker keeps: an address below its own, and what changes with the contents; null where the address does already. */
export interface KeptFile {
  readonly url: string;
  readonly revision: string | null;
}
