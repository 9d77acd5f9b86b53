import { expect, test, vi } from "vitest";
import { openDevice } from "../../src/machine/openDevice.js";

const loading = vi.hoisted(() => ({ calls: 0, finish: (): void => {} }));

vi.mock("../../src/machine/tileCache.js", () => ({
  loadTiles: (): Promise<void> => {
    loading.calls++;
    return new Promise((resolve) => {
      loading.finish = resolve;
    });
  },
}));

test("whoever opens the device waits until its tiles are loaded, and they are loaded once", async () => {
  const opened: string[] = [];
  const first = openDevice().then((device) => {
    opened.push("first");
    return device;
  });
  await vi.waitFor(() => expect(loading.calls).toBe(1), { timeout: 20_000 });
  const second = openDevice().then((device) => {
    opened.push("second");
    return device;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(opened).toEqual([]);
  loading.finish();
  expect(await second).toBe(await first);
  expect(await openDevice()).toBe(await first);
  expect(loading.calls).toBe(1);
});
