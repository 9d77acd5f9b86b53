import { expect, it, vi } from "vitest";
import { statfs } from "../../packages/app/src/worker/node/fsPromises.js";
import { checkStorage } from "../../packages/app/src/worker/storageSize.js";
import { storageState } from "../../packages/app/src/worker/storageState.js";

const inBrowser = (storage: Partial<StorageManager>): void => void vi.stubGlobal("navigator", { storage });

it("the room of the storage is checked where the browser says what it is, and unknown elsewhere", async () => {
  const persisted = async () => false;
  inBrowser({ persisted, estimate: async () => ({ usage: 3e6, quota: 5e6 }) });
  expect(await storageState()).toEqual({ size: { used: 3e6, available: 2e6 }, kept: false });
  await checkStorage("the training", 2e6);
  await expect(checkStorage("the training", 2e6 + 1)).rejects.toThrow(/takes 2 MB .* has 2 MB left/);
  // As Safari before 17.
  inBrowser({ persisted });
  expect(await storageState()).toEqual({ size: undefined, kept: false });
  await checkStorage("the training", 1e15);
  expect(await statfs("/")).toMatchObject({ blocks: 0 });
  vi.unstubAllGlobals();
});
