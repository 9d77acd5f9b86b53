import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { RandomStream } from "@clidim/imaging";
import type { SlurmCluster } from "./slurmCluster.js";

/** What befalls a task. */
export type Fault =
  /** A process that denoises is killed. */
  | "worker"
  /** The program of the task is killed, which has started that. */
  | "program"
  /** The task is given back to Slurm's queue, as when its node is wanted by somebody else. */
  | "requeue"
  /** All of the task is killed at once, its script as well: Slurm counts it as failed. */
  | "task";

/** What befalls them in ten times. */
const lots: readonly Fault[] = [
  ...Array<Fault>(6).fill("worker"),
  ...Array<Fault>(2).fill("program"),
  "requeue",
  "task",
];

/** A process of a task of an array. */
interface TaskProcess {
  readonly pid: number;
  readonly kind: "worker" | "program";
  /** As commands of Slurm name it. */
  readonly task: string;
}

/** Has something befall the tasks that run on a cluster, chosen by the seed. */
export class SlurmFaults {
  readonly counts: Record<Fault, number> = { worker: 0, program: 0, requeue: 0, task: 0 };
  readonly #cluster: SlurmCluster;
  readonly #random: RandomStream;

  constructor(cluster: SlurmCluster, random: RandomStream) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** What befell; undefined where nothing runs that it could befall. */
  strike(fault: Fault = lots[this.#random.integer(lots.length)]!): Fault | undefined {
    const kind = fault === "worker" ? "worker" : "program";
    const running = this.#processes().filter((one) => one.kind === kind);
    if (running.length === 0) return undefined;
    const { pid, task } = running[this.#random.integer(running.length)]!;
    if (!this.#befall(fault, pid, task)) return undefined;
    this.counts[fault]++;
    return fault;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Whether it has come to pass: what was running may have ended meanwhile. */
  #befall(fault: Fault, pid: number, task: string): boolean {
    const { env } = this.#cluster;
    if (fault === "requeue") return spawnSync("scontrol", ["requeue", task], { env }).status === 0;
    if (fault === "task")
      return spawnSync("scancel", ["--full", "--signal=KILL", task], { env }).status === 0;
    try {
      return process.kill(pid, "SIGKILL");
    } catch {
      return false;
    }
  }

  #processes(): TaskProcess[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid): TaskProcess[] => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        const kind = /clidim\.js\0(worker|batch\0run)\0/.exec(command)?.[1];
        const variables = kind ? readFileSync(`/proc/${pid}/environ`, "latin1").split("\0") : [];
        if (!variables.includes(`SLURM_CONF=${this.#cluster.env.SLURM_CONF}`)) return [];
        const value = (name: string): string | undefined =>
          variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
        const [array, number] = [value("SLURM_ARRAY_JOB_ID"), value("SLURM_ARRAY_TASK_ID")];
        if (array === undefined || number === undefined) return []; // what submits them
        return [
          {
            pid: Number(pid),
            kind: kind === "worker" ? "worker" : "program",
            task: `${array}_${number}`,
          },
        ];
      } catch {
        return []; // it has ended
      }
    });
  }
}
