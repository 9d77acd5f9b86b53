import { spawn } from "node:child_process";
import { linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";

// The program as it is built, under limits of the system.
const bin = fileURLToPath(new URL("../bin/clidim.js", import.meta.url));
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** Runs the program under a limit of bash: `-f` of so many KiB of a file, `-n` of so many open files. */
function limited(limit: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", `ulimit ${limit}; exec "$0" "$@"`, process.execPath, bin, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, err }));
  });
}

const many = Array.from({ length: 150 }, (_, i) => at(`many/${i}.tif`));

beforeAll(async () => {
  mkdirSync(at("many"));
  const [scene] = simulateScenes({ size: 48, scenes: 1, frames: 2 });
  await writeImageFile(many[0]!, scene!.noisy);
  for (const path of many.slice(1)) linkSync(many[0]!, path);
});

describe.runIf(process.platform === "linux")("under limits of the system", () => {
  test("results that may not be as large as they are are refused, one by one, and leave nothing", async () => {
    const args = ["denoise", "--method", "gaussian", "--out", at("small"), ...many.slice(0, 2)];
    const ended = await limited("-f 8", args);
    const sentence = (i: number): string =>
      `write ${at(`small/${i}.tif`)}: the file is larger than the file system or a limit of the system (ulimit -f) allows`;
    expect(ended).toMatchObject({ code: 2, signal: null });
    expect(ended.err).toContain(`Left out: ${sentence(0)}\n`);
    expect(ended.err).toContain(`Left out: ${sentence(1)}\n`);
    expect(readdirSync(at("small"))).toEqual([]);
  });

  test("the software adapter, which would end the process, is refused", async () => {
    const args = [
      "train",
      "--noisy",
      ...many.slice(0, 2),
      "--clean",
      "average",
      "--crop",
      "32",
      "--out",
      at("model"),
    ];
    const { code, signal, err } = await limited("-f 8", args);
    // A GPU has memory of its own; then it is the model that is too large.
    expect({ code, signal }).toEqual({ code: 2, signal: null });
    expect(err).toMatch(/^clidim: (?:the adapter llvmpipe.* keeps its memory in a file|write )/m);
  });

  test("hundreds of files are read with few open at a time", async () => {
    const ended = await limited("-n 128", [
      "evaluate",
      "--prediction",
      ...many,
      "--clean",
      ...many,
      "--force",
    ]);
    expect(ended).toMatchObject({ code: 0, signal: null });
  });

  test("where the program itself cannot be loaded, that is said", async () => {
    expect(await limited("-n 30", ["--version"])).toEqual({
      code: 2,
      signal: null,
      err: "clidim: cannot be loaded where a process may have 30 open files; raise the limit (ulimit -n 1024)\n",
    });
  });
});
