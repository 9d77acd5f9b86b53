import { readFileSync } from "node:fs";

/** Of Linux: which start of the system this is, before which no process runs any more. Null elsewhere. */
export function systemStart(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return null;
  }
}
