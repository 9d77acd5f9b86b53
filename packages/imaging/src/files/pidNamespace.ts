import { readlinkSync } from "node:fs";

/** Of Linux: the namespace that numbers of processes are of. Containers count theirs apart, whatever their host is called. Null elsewhere. */
export function pidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}
