import { readFile } from "node:fs/promises";

/** Of Linux: the clock ticks from the start of the system to that of a process. Undefined elsewhere, or where there is none or it cannot be seen. */
export async function processTicks(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name before the other fields may hold spaces and brackets; the beginning is field 22.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return undefined;
  }
}
