import { InputError } from "@clidim/imaging";

/** Bytes that the browser keeps for this site, and that there is room for beside them. */
export async function storageSize(): Promise<{ readonly used: number; readonly available: number }> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { used: usage, available: Math.max(0, quota - usage) };
}

/** Refuses what the browser has no room for, before anything of it is written. */
export async function checkStorage(what: string, bytes: number): Promise<void> {
  const { available } = await storageSize();
  if (bytes <= available) return;
  throw new InputError(
    `${what} takes ${megabytes(bytes)} of the browser's storage, and this site has ${megabytes(available)} left; remove runs, or free space on the disk`,
  );
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
