import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type StartWorker, servingEnvironment } from "@clidim/batch";

/** The program itself, as it was installed, from the sources as from what is built of them. */
export const program: string = fileURLToPath(new URL("../bin/clidim.js", import.meta.url));

/** Starts `clidim worker`, which serves this process. */
export const startWorker: StartWorker = (adapter) =>
  fork(program, ["worker"], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
    env: {
      ...process.env,
      ...servingEnvironment(),
      ...(adapter !== undefined && { CLIDIM_ADAPTER: adapter }),
    },
  });
