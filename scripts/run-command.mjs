import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Each command that runs listens for signals, and all packages are built at once.
process.setMaxListeners(100);

/** Something the user can act on: printed without a stack trace. */
export class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command in the repository's root with the terminal of this process and resolves to its exit code.
 * Ctrl-C reaches the command by itself (same process group); this process waits for it to finish and stops there.
 */
export function run(command, args, { env = {}, cwd = root, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, shell, stdio: "inherit", env: { ...process.env, ...env } });
    const wait = () => {};
    const forward = (signal) => child.kill(signal);
    process.on("SIGINT", wait);
    process.on("SIGTERM", forward);
    const done = () => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", forward);
    };
    child.on("error", (error) => {
      done();
      reject(new Failure(`${command} could not be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      done();
      const exitCode = code ?? 128 + constants.signals[signal];
      if (exitCode === 128 + constants.signals.SIGINT || exitCode === 128 + constants.signals.SIGTERM) {
        reject(new Failure("Interrupted.", exitCode));
      } else resolve(exitCode);
    });
  });
}

/** Runs npm itself. On Windows npm is a batch file, which only a shell can start. */
export function npm(args, options = {}) {
  return run("npm", args, { ...options, shell: process.platform === "win32" });
}

/** Runs a command quietly and resolves to what it printed; rejects with its own words if it fails. */
export function capture(command, args, { env = {}, cwd = root, timeout = 600_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      timeout,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new Failure(`${[command, ...args].join(" ")} failed (${signal ?? `exit code ${code}`})\n${stderr}`),
        );
    });
  });
}
