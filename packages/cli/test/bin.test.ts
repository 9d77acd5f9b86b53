import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";

// The program as it is installed: built (`npm run build`), in a process of its own.
const bin = fileURLToPath(new URL("../bin/clidim.js", import.meta.url));
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const noisy = ["a.tif", "b.tif"].map(at);
const training = [
  "train",
  "--noisy",
  ...noisy,
  "--clean",
  "average",
  "--ngf",
  "2",
  "--downs",
  "2",
  "--crop",
  "32",
];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program; `whenPrinted` is called with everything that it has printed to its error stream so far. */
function run(
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly script?: string;
    /** A program that runs it, such as nohup. */
    readonly by?: readonly string[];
    readonly whenPrinted?: (err: string, child: ChildProcess) => void;
  } = {},
): Promise<Ended> {
  const { env = {}, script = bin, by = [], whenPrinted } = options;
  return new Promise((resolve, reject) => {
    const [program, ...words] = [...by, process.execPath, script, ...args];
    const child = spawn(program!, words, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      whenPrinted?.(err, child);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

beforeAll(async () => {
  for (const [i, { noisy: pages }] of simulateScenes({ size: 48, scenes: 2, frames: 2 }).entries()) {
    await writeImageFile(noisy[i]!, pages);
  }
});

test("success is 0, with the result alone on the output", async () => {
  expect(await run(["--version"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    err: "",
  });
  const evaluated = await run([
    "evaluate",
    "--prediction",
    `${noisy[0]}#0`,
    "--clean",
    `${noisy[0]}#1`,
    "--json",
  ]);
  expect(evaluated).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(evaluated.out).pages).toHaveLength(1);
});

test("wrong input is 2, with one sentence and no stack trace", async () => {
  const { code, out, err } = await run(["denoise", "--model", at("none"), "--out", at("out"), noisy[0]!]);
  expect({ code, out, err }).toEqual({
    code: 2,
    out: "",
    err: `clidim: read ${at("none")}: no such file or folder\n`,
  });
  expect(existsSync(at("out"))).toBe(false);
});

describe.skipIf(process.platform !== "linux")("without an adapter", () => {
  const env = { VK_DRIVER_FILES: at("no-driver.json") };

  test("doctor tells that the processor computes, and what brings a GPU", async () => {
    const { code, out } = await run(["doctor"], { env });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^note {4}Adapter +WebAssembly \(the processor: it was asked for, or no GPU was found\)$/m,
    );
    expect(out).not.toMatch(/FAILED/);
  });

  test("training runs on the processor and says so; another adapter than there is ends with 2 before anything is written", async () => {
    const out = at("processor");
    const { code, err } = await run([...training, "--updates", "20", "--out", out], { env });
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringMatching(/^Adapter: WebAssembly$/m) });
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(manifest.adapter).toMatchObject({ name: "WebAssembly", kind: "webassembly" });

    const refused = await run([...training, "--adapter", "radeon", "--out", at("out")], { env });
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/^clidim: Device\.open: no WebGPU adapter was found.*\n$/m);
    expect(existsSync(at("out"))).toBe(false);
  });
});

test("Ctrl-C while training saves everything, ends with 130, and the run goes on", async () => {
  const out = at("interrupted");
  let interrupted = false;
  const stopped = await run([...training, "--updates", "100000", "--out", out], {
    whenPrinted: (err, child) => {
      if (interrupted || !/^update \d/m.test(err)) return;
      interrupted = true;
      child.kill("SIGINT");
    },
  });
  expect(stopped).toMatchObject({ code: 130 });
  expect(stopped.err).toMatch(/Stopping: saving the run; go on with --resume/);
  expect(stopped.out).toMatch(/Stopped after \d+ of 100000 updates; everything is saved/);
  const files = [
    "checkpoint.safetensors",
    "manifest.json",
    "metrics.jsonl",
    "model.safetensors",
    "preview.png",
  ];
  expect(readdirSync(out).sort()).toEqual(files);
  const { status, updates } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
  expect(status).toBe("interrupted");
  expect(updates.done).toBeGreaterThan(0);

  const resumed = await run([...training, "--updates", "100000", "--out", out, "--resume"], {
    whenPrinted: (err, child) => {
      if (/^update \d/m.test(err)) child.kill("SIGTERM");
    },
  });
  expect(resumed.err).toMatch(new RegExp(`Going on after update ${updates.done}\\n`));
  expect(resumed.code).toBe(143);
});

test.skipIf(process.platform === "win32")(
  "what nohup has started goes on where the terminal is closed, until SIGTERM",
  async () => {
    const args = [...training, "--updates", "100000", "--out", at("nohup")];
    let hungUp = false;
    const { code, out, err } = await run(args, {
      by: ["nohup"],
      whenPrinted: (printed, child) => {
        if (hungUp || !/^update \d/m.test(printed)) return;
        hungUp = true;
        child.kill("SIGHUP");
        setTimeout(() => child.kill("SIGTERM"), 100);
      },
    });
    expect(code, err).toBe(143);
    expect(err.match(/Stopping: saving the run/g)).toHaveLength(1);
    expect(out).toMatch(/everything is saved/);
  },
);

test("of two trainings into one folder one is refused; the other one, once killed, is taken over", {
  timeout: 600_000,
}, async () => {
  const out = at("both");
  const args = [...training, "--updates", "100000", "--out", out];
  const children: ChildProcess[] = [];
  const trains = [false, false];
  const runs = [0, 1].map((i) =>
    run(args, {
      whenPrinted: (err, child) => {
        children[i] = child;
        trains[i] ||= /^update \d/m.test(err);
      },
    }),
  );
  const ended = runs.map(async (one, i) => ({ i, ...(await one) }));
  const refused = await Promise.race(ended);
  expect(refused.code, refused.err).toBe(2);
  // The second, where it came when the other one had begun.
  expect(refused.err).toMatch(
    /^clidim: (?:write .*both: a training writes there since \S+ \(process \d+ on .*\); wait for its end, or give another folder|.*both holds a training run already; resume it)/m,
  );

  const other = 1 - refused.i;
  await vi.waitFor(() => expect(trains[other]).toBe(true), { timeout: 200_000, interval: 100 });
  const during = await run([...args, "--resume"]);
  expect(during.code).toBe(2);
  expect(during.err).toContain("a training writes there since");
  expect(during.err).toContain(`(process ${children[other]!.pid} on `);
  children[other]!.kill("SIGKILL");
  expect((await runs[other]!).code).toBe(null);
  expect(readdirSync(out)).toContain(".training.lock");

  let stopped = false;
  const resumed = await run([...args, "--resume"], {
    whenPrinted: (err, child) => {
      if (stopped || !/^update \d/m.test(err)) return;
      stopped = true;
      child.kill("SIGTERM");
    },
  });
  expect(resumed.code, resumed.err).toBe(143);
  expect(readdirSync(out).filter((name) => name.startsWith("."))).toEqual([]);
});

/** Runs the program in a terminal of its own (`script` of util-linux); `typed` is what is typed when these words are on it. */
function inTerminal(
  args: readonly string[],
  typed?: { readonly at: RegExp; readonly keys: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let out = "";
    let done = false;
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (!typed || done || !typed.at.test(out)) return;
      done = true;
      child.stdin!.write(typed.keys);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: "" }));
  });
}

describe.runIf(process.platform === "linux")("in a terminal", () => {
  test("what the driver's limits make Dawn say is left out; errors, colours and the exit code come through", async () => {
    const fit = await inTerminal(["doctor"]);
    expect(fit.code, fit.out).toBe(0);
    expect(fit.out).toMatch(/\[32mok {4}.*Node/);
    expect(fit.out).toMatch(/Training can run\.\r\n$/);
    expect(fit.out).not.toContain("artificially reduced");
    const refused = await inTerminal(["denoise", "--method", "gaussian", "--out", at("out"), at("none.tif")]);
    expect(refused.code).toBe(2);
    expect(refused.out).toMatch(/\[31mclidim:.* read .*none\.tif: no such file or folder\r\n$/);
  });

  test("Ctrl-C while training saves everything", async () => {
    const out = at("in-terminal");
    const args = [...training, "--updates", "100000", "--out", out];
    const stopped = await inTerminal(args, { at: /update \d+\/100000 .*\/s/, keys: "\u0003" });
    expect(stopped.code, stopped.out).toBe(130);
    expect(stopped.out).toMatch(
      /Stopping: saving the run[\s\S]*Stopped after \d+ of 100000 updates; everything is saved/,
    );
    expect(existsSync(join(out, "checkpoint.safetensors"))).toBe(true);
  });
});

describe.skipIf(process.platform === "win32")("an output that cannot be written to", () => {
  const many = Array.from({ length: 12 }, (_, i) => at(`many${String(i).padStart(2, "0")}.tif`));
  /** Runs `clidim denoise` of many files with its output led to `into`. */
  const denoiseInto = (into: string, out: string): Promise<Ended> => {
    for (const path of many) copyFileSync(noisy[0]!, path);
    const command = `"$0" "$@" ${into}`;
    const args = [process.execPath, bin, "denoise", "--method", "gaussian", "--out", out, ...many];
    return new Promise((resolve, reject) => {
      // What ends is the program, not what reads its output.
      const child = spawn("bash", ["-c", `${command}; exit \${PIPESTATUS[0]}`, ...args]);
      let [printed, err] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out: printed, err }));
    });
  };
  const recorded = (out: string): string[] =>
    JSON.parse(readFileSync(join(out, "denoised.json"), "utf8")).results.map(
      ({ output }: { output: string }) => output,
    );
  const names = many.map((path) => path.slice(folder.length + 1));

  test("a reader that closes the pipe ends nothing: all files are denoised and recorded", async () => {
    const ended = await denoiseInto("| head -1", at("closed"));
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/^[^\n]*many00\.tif[^\n]*\n$/);
    expect(recorded(at("closed"))).toEqual(names);
    const both = await denoiseInto("2>&1 | head -1", at("both"));
    expect(both.code).toBe(0);
    expect(recorded(at("both"))).toEqual(names);
  });

  test.runIf(process.platform === "linux")(
    "a full disk is said in one sentence, and the work goes on",
    async () => {
      const { code, err } = await denoiseInto("> /dev/full", at("full"));
      expect(code).toBe(2);
      expect(
        err.match(/^clidim: the output cannot be written \(.*ENOSPC.*\); the work goes on without it$/gm),
      ).toHaveLength(1);
      expect(err).not.toMatch(/^ {4}at /m);
      expect(recorded(at("full"))).toEqual(names);
    },
  );
});

test("a program that is not built says so", async () => {
  mkdirSync(at("bin"));
  copyFileSync(bin, at("bin/clidim.mjs"));
  const { code, err } = await run(["doctor"], { script: at("bin/clidim.mjs") });
  expect(code).toBe(2);
  expect(err).toMatch(/^clidim: the program is not built yet; run `npm start` or `npm run build` once/);
});
