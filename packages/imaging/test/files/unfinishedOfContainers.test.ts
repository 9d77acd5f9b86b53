import { join } from "node:path";
import { expect, test, vi } from "vitest";

const namespace = vi.hoisted(() => ({ now: "" }));

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  return { ...original, readlinkSync: () => namespace.now };
});

test("containers of one host name do not take each other's unfinished files for those of processes that have ended", async () => {
  const digitsIn = async (now: string): Promise<string> => {
    namespace.now = now;
    vi.resetModules();
    const { unfinishedPath } = await import("../../src/files/unfinished.js");
    return /\.([0-9a-f]{20})\.[0-9a-f]{12}\.part$/.exec(unfinishedPath(join("out", "a.tif")))![1]!;
  };
  const first = await digitsIn("pid:[4026531836]");
  expect(await digitsIn("pid:[4026531836]")).toBe(first);
  expect(await digitsIn("pid:[4026532999]")).not.toBe(first);
});
