import { InputError } from "@clidim/imaging";
import type { StorageState } from "../engine/engine.js";

/** Bytes that the browser keeps for this site, and that there is room for beside them; undefined where it does not say. */
export async function storageSize(): Promise<StorageState["size"]> {
  const estimate = await navigator.storage.estimate?.();
  if (!estimate) return undefined;
  const { usage = 0, quota = 0 } = estimate;
  return { used: usage, available: Math.max(0, quota - usage) };
}

/** Refuses what the browser has no room for, where it says so, before anything of it is written. */
export async function checkStorage(what: string, bytes: number): Promise<void> {
  const size = await storageSize();
  if (!size || bytes <= size.available) return;
  throw new InputError(
    `${what} takes ${megabytes(bytes)} of the browser's storage, and this site has ${megabytes(size.available)} left; remove runs, or free space on the disk`,
  );
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
