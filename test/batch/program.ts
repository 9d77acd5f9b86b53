import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The program as it is installed: built. */
export const bin: string = fileURLToPath(new URL("../../packages/cli/bin/clidim.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program in a process of its own, and its end. */
export function startProgram(
  args: readonly string[],
  {
    cwd,
    env = process.env,
    onError = () => undefined,
  }: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    /** With everything that was printed so far. */
    readonly onError?: (err: string, child: ChildProcess) => void;
  },
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    onError(err, child);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
  return { child, ended };
}
