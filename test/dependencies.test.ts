import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
// The scripts are JavaScript without types.
const { readAudit } = (await import(new URL("../scripts/audit-dependencies.mjs", import.meta.url).href)) as {
  readAudit: (printed: string) => { readonly severe?: readonly string[]; readonly unanswered?: string };
};

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What may be used, changed and passed on in closed programs too, for naming its authors. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "MIT",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
]);

/** Whether a licence, or all that count together, are permissive; one of several to choose from is enough. */
function isPermissive(license: unknown): boolean {
  if (typeof license !== "string") return false;
  const words = license.replaceAll(/[()]/g, " ").trim();
  const [separator, enough] = / OR /.test(words) ? [/ OR /, 1] : [/ AND /, Number.POSITIVE_INFINITY];
  const parts = words.split(separator).map((part) => PERMISSIVE.has(part.trim()));
  return parts.filter(Boolean).length >= Math.min(enough, parts.length);
}

const manifestAt = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8")) as Manifest; // npm has checked it

/** Where a package finds another one. */
function manifestOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, "node_modules", name, "package.json");
    if (existsSync(file)) return realpathSync(file);
    if (folder === dirname(folder)) return undefined;
  }
}

/** All that is installed with the packages or is in what they ship, as the app has all but what builds it. Not installed: what is for other platforms. */
function shipped(): Manifest[] {
  const found = new Map<string, Manifest>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    const manifest = manifestAt(file);
    found.set(file, manifest);
    const { name, dependencies, optionalDependencies, devDependencies } = manifest;
    const inside = name === "@clidim/app" ? { ...devDependencies, vite: undefined } : {};
    for (const [needed, wanted] of Object.entries({ ...inside, ...dependencies, ...optionalDependencies })) {
      const other = wanted === undefined ? undefined : manifestOf(needed, dirname(file));
      if (other) visit(other);
      else if (dependencies?.[needed])
        throw new Error(`${name} depends on ${needed}, which is not installed`);
    }
  };
  for (const folder of readdirSync(join(root, "packages"))) {
    visit(realpathSync(join(root, "packages", folder, "package.json")));
  }
  return [...found.values()];
}

describe("dependencies of what is published", () => {
  it("have permissive licences", () => {
    const all = shipped();
    expect(all.length).toBeGreaterThan(40);
    const others = all.filter(({ license }) => !isPermissive(license));
    expect(others.map(({ name, version, license }) => `${name} ${version}: ${String(license)}`)).toEqual([]);
  });

  it("are told from others", () => {
    const licences = [
      "MIT",
      "(MIT OR GPL-3.0)",
      "(Apache-2.0 AND BSD-3-Clause)",
      "MIT AND GPL-3.0",
      "GPL-3.0",
    ];
    expect(licences.map(isPermissive)).toEqual([true, true, true, false, false]);
    expect(isPermissive(undefined)).toBe(false);
  });
});

describe("the audit", () => {
  const advisory = (severity: string) => ({
    ...{ module_name: "left", vulnerable_versions: "<2", title: "reads files", url: "https://example.org/1" },
    severity,
  });

  it("names what is severe, and nothing else", () => {
    const report = { advisories: { 1: advisory("moderate"), 2: advisory("high"), 3: advisory("critical") } };
    expect(readAudit(JSON.stringify(report))).toEqual({
      severe: [
        "left <2: reads files (high, https://example.org/1)",
        "left <2: reads files (critical, https://example.org/1)",
      ],
    });
    expect(readAudit(JSON.stringify({ advisories: {} }))).toEqual({ severe: [] });
  });

  it("knows an answer from none", () => {
    const printed = "Error: ERR_PNPM_AUDIT_BAD_RESPONSE\n\n  × The audit endpoint\n  │ responded with 405:\n";
    expect(readAudit(printed)).toEqual({
      unanswered: "Error: ERR_PNPM_AUDIT_BAD_RESPONSE The audit endpoint responded with 405:",
    });
    expect(readAudit('{"error": {"message": "no network"}}')).toEqual({ unanswered: "no network" });
    expect(readAudit("")).toEqual({ unanswered: "no answer" });
  });
});
