import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import { until, withSbin } from "./installed.js";
import { freePort } from "./redisServer.js";

/** A cluster of Slurm with one node, this machine, on loopback; its own munge. */
export interface SlurmCluster {
  /** What commands of Slurm find it by. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** It takes root, as Slurm's daemons change to the user of a job. */
export const maySlurm = (): boolean => process.getuid?.() === 0;

export async function slurmCluster(folder: string): Promise<SlurmCluster> {
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
NodeName=${name} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} State=UNKNOWN
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
  const daemons = ["slurmctld", "slurmd"].map((daemon) =>
    spawn(daemon, ["-D", "-f", at("slurm.conf")], { env, stdio: "ignore" }),
  );
  await until("the node of Slurm is idle", () =>
    /idle/.test(spawnSync("sinfo", ["--noheader", "--format=%T"], { env, encoding: "utf8" }).stdout),
  );
  return {
    env,
    async stop() {
      for (const daemon of daemons.toReversed()) daemon.kill("SIGTERM");
      const ended = (): boolean =>
        daemons.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      // It waits for tasks, where a test has failed in between.
      await until("Slurm has ended", ended, 20).catch(() => undefined);
      for (const daemon of daemons) daemon.kill("SIGKILL");
      if (existsSync(at("munged.pid")))
        process.kill(Number(readFileSync(at("munged.pid"), "utf8")), "SIGTERM");
    },
  };
}
