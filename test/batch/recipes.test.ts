import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { installed } from "./installed.js";

const recipe = (name: string): string => fileURLToPath(new URL(`../../recipes/${name}`, import.meta.url));
const textOf = (name: string): string => readFileSync(recipe(name), "utf8");
const folder = temporaryFolder();

/** What a shell says of a script that it does not run. */
const shellSays = (script: string): string =>
  spawnSync("sh", ["-n"], { input: script, encoding: "utf8" }).stderr;

/** The sections of Apptainer's definition by name; the head, which has none, by "". */
function sectionsOf(definition: string): Map<string, string> {
  const [head = "", ...sections] = definition.split(/^%/m);
  return new Map([
    ["", head],
    ...sections.map((section): [string, string] => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  ]);
}

/** What is installed by which program, without options. */
const packagesIn = (script: string): string[] =>
  [...script.replaceAll("\\\n", " ").matchAll(/\b(apt-get|npm) install ([^&\n]*)/g)].flatMap(
    ([, by, words]) =>
      words!
        .trim()
        .split(/\s+/)
        .filter((word) => !word.startsWith("-"))
        .map((word) => `${by} ${word.replaceAll('"', "").replace(/@.*/, "")}`),
  );

describe("recipes of containers", () => {
  const dockerfile = textOf("Dockerfile");
  const sections = sectionsOf(textOf("clidim.def"));

  test("the Dockerfile is one, and its commands are those of a shell", () => {
    expect(validate(dockerfile)).toEqual([]);
    const commands = dockerfile.replaceAll("\\\n", " ").match(/(?<=^RUN ).*$/gm) ?? [];
    expect(commands).toHaveLength(2);
    for (const command of commands) expect(shellSays(command)).toBe("");
    // What the linter is for.
    expect(validate(dockerfile.replace("ENTRYPOINT", "ENTRYPONT"))).toHaveLength(1);
  });

  test("Apptainer's definition has the sections it takes, whose scripts are those of a shell", () => {
    expect([...sections.keys()]).toEqual(["", "post", "environment", "runscript", "test"]);
    expect(sections.get("")).toMatch(/^Bootstrap: docker\nFrom: \S+\n/);
    for (const [name, script] of sections) if (name !== "") expect(shellSays(script)).toBe("");
  });

  test("both install the same on the same", () => {
    const base = (text: string): string | undefined => /^FROM:? (\S+)$/im.exec(text)?.[1];
    expect(base(sections.get("")!)).toBe(base(dockerfile));
    const packages = packagesIn(dockerfile);
    expect(packages).toContain("npm clidim");
    expect(packages).toContain("apt-get libvulkan1");
    expect(packagesIn(sections.get("post")!)).toEqual(packages);
  });
});

describe.runIf(installed("the recipe of Snakemake", "snakemake"))("the recipe of Snakemake", () => {
  test("does each part, again where it fails, and sums up; files that were given up are no failure", () => {
    for (const name of ["bin", "work"]) mkdirSync(join(folder, name), { recursive: true });
    const said = join(folder, "said");
    // Its first part has files that were given up, its second ends once for another reason.
    writeFileSync(
      join(folder, "bin/clidim"),
      `#!/bin/sh
echo "$@" >> '${said}'
case "$*" in
  *"--part 0/2"*) exit 3 ;;
  *"--part 1/2"*) [ "$(grep -c -- '--part 1/2' '${said}')" -gt 1 ] || exit 70 ;;
esac
`,
    );
    chmodSync(join(folder, "bin/clidim"), 0o755);
    const run = (plan: string): string[] => {
      writeFileSync(said, "");
      const { status, stderr } = spawnSync(
        "snakemake",
        ["--snakefile", recipe("Snakefile"), "--cores", "2", "--config", `jobs=${plan}`, "parts=2"],
        {
          cwd: join(folder, "work"),
          env: { ...process.env, HOME: folder, PATH: `${join(folder, "bin")}:${process.env.PATH}` },
          encoding: "utf8",
        },
      );
      expect(status, stderr).toBe(0);
      return readFileSync(said, "utf8").split("\n").slice(0, -1);
    };
    // Another plan in the same folder is other work, and one that is done is not done again.
    for (const name of ["it is.jsonl", "another.jsonl"]) {
      const plan = join(folder, name);
      writeFileSync(plan, "");
      const lines = run(plan);
      const part = (i: number): string => `batch run ${plan} --part ${i}/2 --workers 2`;
      expect(lines.slice(0, -1).toSorted()).toEqual([part(0), part(1), part(1)]);
      expect(lines.at(-1)).toBe(`batch summary ${plan}`);
      expect(run(plan)).toEqual([`batch summary ${plan}`]);
    }
  }, 120_000);
});

describe.runIf(installed("the recipe of Nextflow", "groovyc", "java"))("the recipe of Nextflow", () => {
  const java = spawnSync("which", ["java"], { encoding: "utf8" }).stdout.trim();
  const compiled = (text: string) => {
    const [work, classes] = [join(folder, "nextflow"), join(folder, "classes")];
    for (const made of [work, classes]) mkdirSync(made, { recursive: true });
    writeFileSync(join(work, "main.groovy"), text);
    // Debian's groovyc asks for it where there is no default among several Javas.
    const { JAVA_HOME = resolve(realpathSync(java), "../..") } = process.env;
    const env = { ...process.env, JAVA_HOME };
    return spawnSync("groovyc", ["-d", classes, join(work, "main.groovy")], { encoding: "utf8", env });
  };

  test("is Groovy, which Nextflow's scripts are", () => {
    const { status, stderr } = compiled(textOf("main.nf"));
    expect(status, stderr).toBe(0);
    expect(readdirSync(join(folder, "classes"))).toContain("main.class");
    expect(compiled(textOf("main.nf").replace("workflow {", "workflow {{")).status).not.toBe(0);
  }, 120_000);
});
