import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FolderLock, lockFile } from "../../src/files/folderLock.js";

const root = temporaryFolder();
let count = 0;
function newFolder(): string {
  const folder = join(root, `${count++}`);
  mkdirSync(folder);
  return folder;
}

/** The lock that is there, changed. */
function change(folder: string, changes: object): void {
  const file = lockFile(folder, "training");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }));
}

afterEach(() => vi.useRealTimers());

test("one holds it at a time; the next one has it afterwards", async () => {
  const folder = newFolder();
  const [first, second] = [new FolderLock(folder, "training"), new FolderLock(folder, "training")];
  await first.take();
  await first.take();
  await expect(second.take()).rejects.toThrow(
    `write ${folder}: a training writes there since ${JSON.parse(readFileSync(lockFile(folder, "training"), "utf8")).since} (process ${process.pid} on ${hostname()}); wait for its end, or give another folder`,
  );
  await second.release();
  expect(existsSync(lockFile(folder, "training"))).toBe(true);
  await first.release();
  expect(existsSync(lockFile(folder, "training"))).toBe(false);
  await second.take();
  await second.release();
});

test("of several that want it at once, one gets it", async () => {
  const folder = newFolder();
  for (const stale of [false, true]) {
    if (stale) writeFileSync(lockFile(folder, "training"), "cut o");
    const locks = Array.from({ length: 8 }, () => new FolderLock(folder, "training"));
    const taken = await Promise.allSettled(locks.map((lock) => lock.take()));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const lock of locks) await lock.release();
    expect(existsSync(lockFile(folder, "training"))).toBe(false);
  }
});

test("that of a process which has ended is taken over, that of one which runs is not", async () => {
  const folder = newFolder();
  const running = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
    await new FolderLock(folder, "training").take();
    change(folder, { pid: ended, began: null });
    await new FolderLock(folder, "training").take();
    change(folder, { pid: running.pid, began: null });
    await expect(new FolderLock(folder, "training").take()).rejects.toThrow(
      `(process ${running.pid} on ${hostname()}); wait for its end, or give another folder; if that process is another one by now, which cannot be told on this system (after a power cut, numbers are given anew), remove ${lockFile(folder, "training")}`,
    );
    if (process.platform === "linux") {
      // Another process had the number.
      change(folder, { began: "another start 17" });
      await new FolderLock(folder, "training").take();
    }
  } finally {
    running.kill("SIGKILL");
  }
});

test.skipIf(process.platform === "win32")(
  "a lock that cannot be read is not taken for nobody's, and stays",
  async () => {
    const folder = newFolder();
    const file = lockFile(folder, "training");
    symlinkSync(file, file);
    const lock = new FolderLock(folder, "training");
    await expect(lock.take()).rejects.toThrow(`read ${file}: its links lead to one another`);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    rmSync(file);
    await lock.take();
    // One that cannot be read when it is given back hides no other error.
    rmSync(file);
    symlinkSync(file, file);
    await lock.release();
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
  },
);

test("a process on another host cannot be looked at; a lock that came with a copy of its folder is nobody's", async () => {
  const folder = newFolder();
  await new FolderLock(folder, "training").take();
  change(folder, { host: "elsewhere" });
  await expect(new FolderLock(folder, "training").take()).rejects.toThrow(
    `on elsewhere); wait for its end, or give another folder; if that process has ended, which cannot be told from here, remove ${lockFile(folder, "training")}`,
  );
  // A network drive is another device there.
  change(folder, { folder: `1234567:${statSync(folder).ino}` });
  await expect(new FolderLock(folder, "training").take()).rejects.toThrow("on elsewhere)");
  const copy = newFolder();
  renameSync(lockFile(folder, "training"), lockFile(copy, "training"));
  await new FolderLock(copy, "training").take();
});

test("a process in another container of the same host name cannot be looked at either, unless the system was started anew", async () => {
  const folder = newFolder();
  const refused = `(process ${process.pid} on ${hostname()}); wait for its end, or give another folder; if that process has ended, which cannot be told from here, remove ${lockFile(folder, "training")}`;
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  await new FolderLock(folder, "training").take();
  // The processes of containers often have the same number.
  change(folder, { namespace: "pid:[17]", token: "another's", touches: undefined });
  await expect(new FolderLock(folder, "training").take()).rejects.toThrow(refused);
  change(folder, { pid: ended });
  await expect(new FolderLock(folder, "training").take()).rejects.toThrow(`(process ${ended} on`);
  if (process.platform === "linux") {
    change(folder, { began: "another-start 17" });
    await new FolderLock(folder, "training").take();
  }
  // As locks were written before.
  change(folder, { namespace: undefined, pid: ended, began: null });
  await new FolderLock(folder, "training").take();
});

// Elsewhere, no containers share a folder with their processes.
describe.runIf(process.platform === "linux")("of containers of one host name", () => {
  /** What comes of work while time passes quickly. */
  async function soon<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = (): void => {
      done = true;
    };
    work.then(end, end);
    while (!done) {
      await vi.advanceTimersByTimeAsync(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return work;
  }

  test("the lock of one that was killed and started again is taken over, that of one which runs is not", async () => {
    const folder = newFolder();
    const file = lockFile(folder, "training");
    await new FolderLock(folder, "training").take();
    change(folder, { namespace: "pid:[17]", token: "another's" });
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    let looks = 0;
    const touching = setInterval(() => utimesSync(file, 1, 1000 + looks++), 5);
    const refused = soon(new FolderLock(folder, "training").take());
    await expect(refused).rejects.toThrow(/wait for its end, or give another folder$/);
    clearInterval(touching);
    const next = new FolderLock(folder, "training");
    const begun = performance.now();
    await soon(next.take());
    expect(performance.now() - begun).toBeGreaterThan(60_000);
    await next.release();
    expect(existsSync(file)).toBe(false);
  });

  test("one that is given back meanwhile is taken", async () => {
    const folder = newFolder();
    const file = lockFile(folder, "training");
    await new FolderLock(folder, "training").take();
    change(folder, { namespace: "pid:[17]", token: "another's" });
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    const next = new FolderLock(folder, "training");
    const taking = next.take();
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    rmSync(file);
    await soon(taking);
    await next.release();
  });

  test("the owner touches its own lock, and no other", async () => {
    const folder = newFolder();
    const file = lockFile(folder, "training");
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const lock = new FolderLock(folder, "training");
    await lock.take();
    utimesSync(file, 1, 1);
    vi.advanceTimersByTime(10_000);
    await expect.poll(() => statSync(file).mtimeMs).toBeGreaterThan(1000);
    change(folder, { token: "another's" });
    utimesSync(file, 1, 1);
    vi.advanceTimersByTime(10_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(statSync(file).mtimeMs).toBe(1000);
    await lock.release();
  });
});
