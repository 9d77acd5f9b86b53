import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { WriteStream } from "node:tty";

/**
 * What Dawn says of every Vulkan driver that allows more than Dawn itself, of limits that we do not use: from native code, to the process's error output, with no way to ask it not to.
 */
const NEEDLESS =
  /^Warning: maxDynamic(Uniform|Storage)BuffersPerPipelineLayout artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.$/;

/** Tells the program where its terminal is while its error output leads here. */
const VARIABLE = "CLIDIM_TERMINAL";
const TERMINAL = 3;

/** Whether native code would print into a terminal that people look at. Nothing else than Vulkan has this to say. */
export function wantsFilter(): boolean {
  return process.platform === "linux" && process.stderr.isTTY && process.env[VARIABLE] === undefined;
}

/** The terminal of a program that `runFiltered` has started; undefined in any other. */
export function terminalBesideFilter(): WriteStream | undefined {
  const { [VARIABLE]: descriptor } = process.env;
  delete process.env[VARIABLE]; // not for programs that this one starts
  return descriptor === undefined ? undefined : new WriteStream(Number(descriptor));
}

/**
 * Runs the same command line in a process whose error output comes here, line by line, and goes on to ours without what is needless. The terminal itself is another of its files, so that whatever
 * the program prints goes there directly. Returns its exit code.
 */
export function runFiltered(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [VARIABLE]: String(TERMINAL) },
      stdio: ["inherit", "inherit", "pipe", process.stderr.fd],
    });
    // Ctrl-C goes to both processes; it is the other one that has something to save.
    const nothing = (): void => undefined;
    const end = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGINT", nothing).on("SIGTERM", end).on("SIGHUP", end);
    process.stderr.on("error", nothing); // a terminal that is gone
    createInterface({ input: child.stderr! }).on("line", (line) => {
      if (!NEEDLESS.test(line)) process.stderr.write(`${line}\n`);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", nothing).off("SIGTERM", end).off("SIGHUP", end);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
