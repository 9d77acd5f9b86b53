import type { StorageState } from "../engine/engine.js";
import { storageSize } from "./storageSize.js";

/** What the browser's storage has. */
export const storageState = async (): Promise<StorageState> => ({
  size: await storageSize(),
  kept: await navigator.storage.persisted(),
});
