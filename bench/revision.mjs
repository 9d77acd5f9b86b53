import { execFileSync } from "node:child_process";

/** The commit that is measured; a bundle says it by a variable. */
export function revision() {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return process.env.CLIDIM_BENCH_REVISION ?? "unknown";
  }
}
