import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { until, withSbin } from "./installed.js";
import { freePort } from "./redisServer.js";

/** A cluster of Slurm with one node, this machine, on loopback; its own munge. */
export interface SlurmCluster {
  /** What commands of Slurm find it by. */
  readonly env: NodeJS.ProcessEnv;
  /** Kills a daemon and starts it again: the controller, or that of the node. */
  restart(daemon: Daemon): Promise<void>;
  /** Whether a text of a job is in the state that the controller has written to the disk: it does so seconds after the job was submitted, and a controller that is killed before knows nothing of it. */
  remembers(text: string): boolean;
  /** What Slurm says of jobs and nodes, and the ends of its logs. */
  report(): string;
  stop(): Promise<void>;
}

/** It takes root, as Slurm's daemons change to the user of a job. */
export const maySlurm = (): boolean => process.getuid?.() === 0;

export type Daemon = "slurmctld" | "slurmd";

/** With so many cores, whatever this machine has: a task of one core each is run at a time. */
export async function slurmCluster(folder: string, cores: number): Promise<SlurmCluster> {
  const at = (name: string): string => join(folder, name);
  for (const name of ["state", "spool"]) mkdirSync(at(name), { recursive: true });
  writeFileSync(at("munge.key"), randomBytes(1024), { mode: 0o600 });
  const [name] = hostname().split(".");
  const [controller, node] = [await freePort(), await freePort()];
  writeFileSync(
    at("slurm.conf"),
    `ClusterName=clidim
SlurmctldHost=${name}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/munge
AuthInfo=socket=${at("munge.sock")}
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool")}
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("slurmd.pid")}
SlurmctldLogFile=${at("slurmctld.log")}
SlurmdLogFile=${at("slurmd.log")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
NodeName=${name} NodeAddr=127.0.0.1 CPUs=${cores} State=UNKNOWN
PartitionName=all Nodes=${name} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...withSbin, SLURM_CONF: at("slurm.conf") };
  const files = [
    "socket=munge.sock",
    "key-file=munge.key",
    "log-file=munged.log",
    "pid-file=munged.pid",
    "seed-file=munged.seed",
  ];
  const munge = files.map((file) => `--${file.replace("=", `=${folder}/`)}`);
  execFileSync("munged", ["--force", ...munge], { env, stdio: "ignore" });
  const start = (daemon: Daemon): ChildProcess =>
    spawn(daemon, ["-D", "-f", at("slurm.conf")], { env, stdio: "ignore" });
  const daemons = { slurmctld: start("slurmctld"), slurmd: start("slurmd") };
  const answers = async (state: RegExp): Promise<void> =>
    until(`the node of Slurm is ${state.source}`, () =>
      state.test(spawnSync("sinfo", ["--noheader", "--format=%T"], { env, encoding: "utf8" }).stdout),
    );
  await answers(/idle/);
  return {
    env,
    async restart(daemon) {
      const ended = once(daemons[daemon], "exit");
      daemons[daemon].kill("SIGKILL");
      await ended;
      daemons[daemon] = start(daemon);
      await answers(/idle|mixed|allocated/);
    },
    remembers: (text) =>
      existsSync(at("state/job_state")) && readFileSync(at("state/job_state")).includes(text),
    report: () =>
      [
        ...[
          ["squeue", "--long"],
          ["sinfo", "--long"],
          ["scontrol", "show", "jobs"],
        ].map(([command, ...args]) => spawnSync(command!, args, { env, encoding: "utf8" }).stdout),
        ...["slurmctld.log", "slurmd.log"].map((log) => readFileSync(at(log), "utf8").slice(-4000)),
      ].join("\n"),
    async stop() {
      const all = [daemons.slurmd, daemons.slurmctld];
      for (const daemon of all) daemon.kill("SIGTERM");
      const ended = (): boolean =>
        all.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      // It waits for tasks, where a test has failed in between.
      await until("Slurm has ended", ended, 20).catch(() => undefined);
      for (const daemon of all) daemon.kill("SIGKILL");
      if (existsSync(at("munged.pid")))
        process.kill(Number(readFileSync(at("munged.pid"), "utf8")), "SIGTERM");
    },
  };
}
