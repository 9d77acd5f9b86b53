import { readFileSync } from "node:fs";
import { InputError } from "@clidim/imaging";

const MiB = 2 ** 20;

/**
 * Mesa's software adapter keeps the memory of all its devices in one file without a name, and does not look whether it could be made larger: beyond the system's limit on the size of files the process ends by a bus error. So an `InputError`
 * where such a limit (`ulimit -f`) is smaller than the machine's memory. Of Linux, where the adapter does so.
 */
export function checkFileLimit(adapter: string, system: (path: string) => string = readSystem): void {
  if (!adapter.startsWith("llvmpipe")) return;
  const limit = /^Max file size\s+(\d+)\s/m.exec(system("/proc/self/limits"))?.[1];
  const memory = /^MemTotal:\s+(\d+) kB$/m.exec(system("/proc/meminfo"))?.[1];
  if (limit === undefined || memory === undefined || Number(limit) >= Number(memory) * 1024) return;
  throw new InputError(
    `the adapter ${adapter} keeps its memory in a file, and files may have ${limit} bytes here, expected at least the machine's memory (${Math.round((Number(memory) * 1024) / MiB)} MiB): ` +
      "run it without that limit (ulimit -f unlimited), or on a GPU",
  );
}

function readSystem(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
