/**
 * Fails where a dependency of what is published, direct or not, has a known vulnerability of high or critical severity. Where the registry cannot be asked (it has no such endpoint, there is no network), that is said, and is no failure.
 *
 *   node scripts/audit-dependencies.mjs
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./run-command.mjs";

const SEVERE = new Set(["high", "critical"]);

/** How long the registry is waited for. */
const LONGEST_MS = 300_000;

/** What `pnpm audit --json` has printed: the severe advisories, a line each, or why there is no answer. */
export function readAudit(printed) {
  let report;
  try {
    report = JSON.parse(printed);
  } catch {
    const words = printed.replaceAll(/[\s│×]+/g, " ").trim();
    return { unanswered: words || "no answer" };
  }
  if (!report.advisories) return { unanswered: report.error?.message ?? "an answer without advisories" };
  const advisories = Object.values(report.advisories).filter(({ severity }) => SEVERE.has(severity));
  return {
    severe: advisories.map(
      ({ module_name, vulnerable_versions, severity, title, url }) =>
        `${module_name} ${vulnerable_versions}: ${title} (${severity}, ${url})`,
    ),
  };
}

async function audit() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const child = spawn("npm", ["exec", "--yes", "--", packageManager, "audit", "--prod", "--json"], {
    cwd: root,
    timeout: LONGEST_MS,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  await once(child, "close");
  return readAudit(out.trim() || err);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { severe, unanswered } = await audit();
  if (unanswered)
    console.log(`The registry cannot be asked for vulnerabilities, none were looked for: ${unanswered}`);
  else if (severe.length === 0) console.log("No dependency has a known vulnerability of high severity.");
  else {
    for (const line of severe) console.error(line);
    process.exitCode = 1;
  }
}
