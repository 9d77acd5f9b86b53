import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { makeFolder } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test, vi } from "vitest";
import { train } from "../../src/training/train.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

/** What happens in place of renaming a file for the nth time, counted from 0. */
const renames = vi.hoisted(() => ({ count: 0, killAt: Number.POSITIVE_INFINITY, killed: () => {} }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  return {
    ...original,
    rename: async (...args: Parameters<typeof original.rename>): Promise<void> => {
      if (renames.count++ < renames.killAt) return original.rename(...args);
      renames.killed();
      // A process that was killed never comes back.
      return new Promise(() => {});
    },
  };
});

const folder = temporaryFolder();
let data: TinyData;
const options = { overrides: { ...tiny, updates: 2 }, seed: 5 };

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"));
  await train({ method: clidim, ...data, ...options, out: join(folder, "whole") });
});

// The first save renames manifest, log, model, checkpoint and manifest.
test.each([0, 1, 2, 3, 4])(
  "a run killed at file %i of its first save starts or goes on as the folder says, and ends the same",
  async (killAt) => {
    const [running, out] = [join(folder, `running${killAt}`), join(folder, `killed${killAt}`)];
    const killed = new Promise<void>((resolve) =>
      Object.assign(renames, { count: 0, killAt, killed: resolve }),
    );
    void train({ method: clidim, ...data, ...options, out: running });
    await killed;
    renames.killAt = Number.POSITIVE_INFINITY;
    cpSync(running, out, { recursive: true });
    expect(readdirSync(out).filter((name) => name.endsWith(".part"))).toHaveLength(1);

    const begun = readdirSync(out).includes("manifest.json");
    expect(begun).toBe(killAt > 0);
    await expect(train({ method: clidim, ...data, ...options, out, resume: !begun })).rejects.toThrow(
      begun ? /resume it, or give another folder/ : /start one without resuming/,
    );
    const { completed } = await train({ method: clidim, ...data, ...options, out, resume: begun });
    expect(completed).toBe(true);
    expect(tensorsOf(join(out, "checkpoint.safetensors"))).toEqual(
      tensorsOf(join(folder, "whole", "checkpoint.safetensors")),
    );
    expect(readdirSync(out)).toEqual(readdirSync(join(folder, "whole")));
  },
);

test("a run killed while it is completed is not said to be, and is completed when it goes on", async () => {
  const [running, out] = [join(folder, "completing"), join(folder, "completed")];
  renames.count = 0;
  await train({ method: clidim, ...data, ...options, out: join(folder, "counted") });
  const last = renames.count - 1;
  const killed = new Promise<void>((resolve) =>
    Object.assign(renames, { count: 0, killAt: last, killed: resolve }),
  );
  void train({ method: clidim, ...data, ...options, out: running });
  await killed;
  renames.killAt = Number.POSITIVE_INFINITY;
  cpSync(running, out, { recursive: true });
  const manifestOf = (run: string) => JSON.parse(readFileSync(join(run, "manifest.json"), "utf8"));
  expect(manifestOf(out)).toMatchObject({ status: "running", updates: { done: 2, total: 2 } });

  const { completed } = await train({ method: clidim, ...data, ...options, out, resume: true });
  expect(completed).toBe(true);
  const [whole, resumed] = [manifestOf(join(folder, "whole")), manifestOf(out)];
  expect(resumed.status).toBe("completed");
  expect(resumed.comparison).toEqual(whole.comparison);
  expect(tensorsOf(join(out, "model.safetensors"))).toEqual(
    tensorsOf(join(folder, "whole", "model.safetensors")),
  );
});

test("folders are made with those above; where none can be made, that is said at once", async () => {
  await makeFolder(join(folder, "a", "b", "c"));
  await makeFolder(join(folder, "a", "b"));
  expect(readdirSync(join(folder, "a", "b"))).toEqual(["c"]);
  writeFileSync(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file"))).rejects.toThrow(/file: is a file, expected a folder/);
  await expect(makeFolder(join(folder, "file", "b"))).rejects.toThrow(/a part of the path is a file/);
});

test.runIf(process.platform === "linux")(
  "a folder in /proc is refused instead of tried for ever",
  async () => {
    await expect(makeFolder("/proc/clidim/deeper")).rejects.toThrow(/^write \/proc\/clidim: /);
  },
);
