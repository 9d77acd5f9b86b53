import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** An implementation in a process of its own; see serve.mjs for what it understands. */
export class Child {
  #process;
  #waiting;
  #ended;

  /** @param {readonly string[]} command @param {Record<string, string>} [env] added to this process's */
  constructor([program, ...args], env = {}) {
    const debug = Boolean(process.env.CLIDIM_BENCH_DEBUG);
    let complaints = "";
    this.#process = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "ignore", debug ? "inherit" : "pipe", "pipe"],
    });
    this.#process.stderr?.on("data", (text) => {
      complaints = `${complaints}${text}`.slice(-2000);
    });
    this.#process.stdin.on("error", () => {});
    createInterface({ input: this.#process.stdio[3] }).on("line", (line) => {
      const { ok, value, error } = JSON.parse(line);
      const { resolve, reject } = this.#waiting;
      this.#waiting = undefined;
      if (ok) resolve(value);
      else reject(new Error(error));
    });
    const end = (why) => {
      this.#ended ??= new Error(why);
      this.#waiting?.reject(this.#ended);
      this.#waiting = undefined;
    };
    this.#process.on("error", (error) => end(error.message));
    this.#process.on("exit", (code, signal) => {
      const lines = complaints.trim().split("\n");
      // Above the stack where Node reports an exception.
      const last = lines.findLast((line) => /Error\b.*:/.test(line)) ?? lines.at(-1);
      // The reply may still be in the pipe.
      setImmediate(() => end(`the process ended (${signal ?? code})${last ? `: ${last}` : ""}`));
    });
  }

  /** Sends a request and resolves to the reply's value; rejects with its error, when the process ends, or after `seconds`. */
  ask(request, seconds = 900) {
    if (this.#ended) return Promise.reject(this.#ended);
    const reply = new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const timer = setTimeout(() => {
      this.#process.kill("SIGKILL");
      this.#waiting?.reject(new Error(`no answer to ${request.do} within ${seconds} s`));
      this.#waiting = undefined;
    }, 1000 * seconds);
    return reply.finally(() => clearTimeout(timer));
  }

  /** Ends the process. */
  async quit() {
    if (this.#ended) return;
    await this.ask({ do: "quit" }, 20).catch(() => {});
    this.#process.kill("SIGKILL");
  }
}
