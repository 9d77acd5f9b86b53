import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Packed {
  readonly name: string;
  readonly tarball: string;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const script = (name: string): string => new URL(`../scripts/${name}`, import.meta.url).href;
// The scripts are JavaScript without types.
const { buildPackages } = (await import(script("build-packages.mjs"))) as {
  buildPackages: () => Promise<void>;
};
const { packPackages, problemsOf } = (await import(script("pack-check-tarballs.mjs"))) as {
  packPackages: (workspace: string, target: string) => Promise<Packed[]>;
  problemsOf: (packed: Packed) => Promise<string[]>;
};

const names = [
  "@clidim/tensor",
  "@clidim/autograd",
  "@clidim/nn",
  "@clidim/imaging",
  "@clidim/denoise",
  "@clidim/clidim",
  "@clidim/methods",
  "@clidim/export",
  "@clidim/import",
  "@clidim/zoo",
  "@clidim/app",
  "@clidim/batch",
  "clidim",
];
const target = mkdtempSync(join(tmpdir(), "clidim-publishing-"));
let packages: readonly Packed[];
beforeAll(async () => {
  await buildPackages();
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/cli"], {
    cwd: root,
    stdio: "inherit",
  });
  packages = await packPackages(root, target);
});
afterAll(() => {
  rmSync(target, { recursive: true });
});

const packageOf = (name: string): Packed => packages.find((packed) => packed.name === name)!;

describe("packed packages", () => {
  it("are all there, with the license", () => {
    expect(packages.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    const license = readFileSync(join(root, "LICENSE"), "utf8");
    for (const { folder } of packages) expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(license);
  });

  it.each(names)("%s can be published", async (name) => {
    expect(await problemsOf(packageOf(name))).toEqual([]);
  });

  it("depend one way, on each other's versions", () => {
    packages.forEach(({ manifest }) => {
      const {
        name,
        version,
        dependencies = {},
      } = manifest as {
        name: string;
        version: string;
        dependencies?: Record<string, string>;
      };
      const own = Object.entries(dependencies).filter(([other]) => /^(@clidim\/|clidim$)/.test(other));
      for (const [other, range] of own) {
        expect(range).toBe(`^${version}`);
        expect(names.slice(0, names.indexOf(name))).toContain(other);
      }
    });
  });

  it("have nothing of the suites' own package in them", () => {
    for (const { folder, files } of packages) {
      const using = files.filter((path) =>
        readFileSync(join(folder, path), "utf8").includes("@clidim/testing"),
      );
      expect(using).toEqual([]);
    }
  });

  it("are found wanting where they are", async () => {
    const packed = packageOf("@clidim/tensor");
    const { imports: _, ...manifest } = packed.manifest;
    const broken = {
      ...packed,
      folder: join(target, "broken"),
      manifest: { ...manifest, exports: { ".": "./dist/missing.js" } },
      files: [
        ...packed.files.filter((path) => path !== "README.md" && path !== "src/tree.ts"),
        "dist/x.tsbuildinfo",
      ],
    };
    cpSync(packed.folder, broken.folder, { recursive: true });
    writeFileSync(join(broken.folder, "package.json"), JSON.stringify(broken.manifest));
    const problems = (await problemsOf(broken)).join("\n");
    expect(problems).toContain("package.json names ./dist/missing.js, which is not packed");
    expect(problems).toContain("no README.md");
    expect(problems).toContain("dist/tree.d.ts.map maps to ../src/tree.ts, which is not packed");
    expect(problems).toContain("dist/x.tsbuildinfo is packed");
    expect(problems).toContain("publint: pkg.exports");
  });
});
