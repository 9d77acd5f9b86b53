import { readFile } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import process from "node:process";

/** Of the memory of a Mac, where hardly any is ever free: files and programs that could make room keep it. */
const SHARE_OF_MAC = 0.5;

/** Memory that can be had without taking it from anyone, on a system. */
export async function availableBytes(system: NodeJS.Platform = process.platform): Promise<number> {
  return Math.min(await ofMachine(system), constrained());
}

async function ofMachine(system: NodeJS.Platform): Promise<number> {
  if (system === "darwin") return SHARE_OF_MAC * totalmem();
  try {
    // Of Linux, where what is free does not count the cache of files.
    const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8")) ?? [];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {} // not Linux
  return freemem();
}

/** What a control group leaves to this process (a container, a job of Slurm). */
function constrained(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes : Number.POSITIVE_INFINITY;
}
