import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterEach, expect, test, vi } from "vitest";
import { atomicWrite } from "../../src/files/atomicWrite.js";
import { exclusively } from "../../src/files/exclusively.js";

const folder = temporaryFolder();
afterEach(() => vi.restoreAllMocks());

test("what several add to a file at a time is all in it", async () => {
  const path = join(folder, "list.json");
  writeFileSync(path, "[]");
  const numbers = Array.from({ length: 8 }, (_, i) => i);
  await Promise.all(
    numbers.map((number) =>
      exclusively(path, async () => {
        const before = JSON.parse(await readFile(path, "utf8"));
        await atomicWrite(path, JSON.stringify([...before, number]));
      }),
    ),
  );
  expect(JSON.parse(readFileSync(path, "utf8")).toSorted()).toEqual(numbers);
  expect(readdirSync(folder)).toEqual(["list.json"]);
});

test("what is thrown passes, and the next one has its turn", async () => {
  const path = join(folder, "list.json");
  await expect(exclusively(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await exclusively(path, async () => 3)).toBe(3);
  await expect(exclusively(join(folder, "none", "a.json"), async () => 3)).rejects.toThrow(
    /write .*a\.json: no such file or folder/,
  );
});

test("the lock of a program that was killed is taken over, not that of one at work", async () => {
  const path = join(folder, "left.json");
  const lock = join(folder, ".left.json.lock");
  writeFileSync(lock, "");
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  let done = false;
  const work = exclusively(path, async () => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toBe(false);
  now = 25_000;
  await work;
  expect(done).toBe(true);
  expect(existsSync(lock)).toBe(false);
});

test("a lock whose file system says otherwise of it later is removed all the same", async () => {
  const path = join(folder, "shared.json");
  const lock = join(folder, ".shared.json.lock");
  await exclusively(path, async () => utimesSync(lock, 1, 1));
  expect(existsSync(lock)).toBe(false);
});

test("work that took so long that its lock was taken over leaves the other one's", async () => {
  const path = join(folder, "slow.json");
  const lock = join(folder, ".slow.json.lock");
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const ends: (() => void)[] = [];
  const work = (): Promise<void> => new Promise((resolve) => void ends.push(resolve));
  const first = exclusively(path, work);
  await vi.waitFor(() => expect(ends).toHaveLength(1));
  const second = exclusively(path, work);
  await new Promise((resolve) => setTimeout(resolve, 100));
  now = 25_000;
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[0]!();
  await first;
  expect(existsSync(lock)).toBe(true);
  ends[1]!();
  await second;
  expect(existsSync(lock)).toBe(false);
});
