import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as autograd from "@clidim/autograd";
import * as testing from "@clidim/autograd/testing";
import * as batches from "@clidim/batch";
import * as clidim from "@clidim/clidim";
import * as denoise from "@clidim/denoise";
import * as exports from "@clidim/export";
import * as imaging from "@clidim/imaging";
import * as denoisingMethods from "@clidim/methods";
import * as nn from "@clidim/nn";
import * as tensors from "@clidim/tensor";
import * as chains from "@clidim/tensor/chain";
import * as expected from "@clidim/tensor/expect";
import * as graphs from "@clidim/tensor/graph";
import * as reference from "@clidim/tensor/reference";
import * as wasm from "@clidim/tensor/wasm";
import * as webgl from "@clidim/tensor/webgl";
import { transformWithOxc } from "vite";
import { describe, expect, it } from "vitest";

// The scripts are JavaScript without types.
const { headingOf, rowOf } = (await import(new URL("../scripts/key-tables.mjs", import.meta.url).href)) as {
  headingOf: (method: { readonly title: string }) => string;
  rowOf: (description: denoise.KeyDescription) => string;
};
const { methodTables } = (await import(new URL("../scripts/method-table.mjs", import.meta.url).href)) as {
  methodTables: (described: readonly denoise.MethodDescription[]) => readonly (readonly string[])[];
};

const root = fileURLToPath(new URL("..", import.meta.url));
const modules: Readonly<Record<string, object>> = {
  "@clidim/autograd": autograd,
  "@clidim/autograd/testing": testing,
  "@clidim/batch": batches,
  "@clidim/clidim": clidim,
  "@clidim/denoise": denoise,
  "@clidim/export": exports,
  "@clidim/imaging": imaging,
  "@clidim/methods": denoisingMethods,
  "@clidim/nn": nn,
  "@clidim/tensor": tensors,
  "@clidim/tensor/chain": chains,
  "@clidim/tensor/expect": expected,
  "@clidim/tensor/graph": graphs,
  "@clidim/tensor/reference": reference,
  "@clidim/tensor/wasm": wasm,
  "@clidim/tensor/webgl": webgl,
};

const folders = [
  "docs",
  "examples",
  "packages/tensor",
  "packages/autograd",
  "packages/nn",
  "packages/imaging",
  "packages/denoise",
  "packages/clidim",
  "packages/methods",
  "packages/export",
  "packages/batch",
];
const pages = ["CONTRIBUTING.md", ...folders.flatMap((folder) => pagesIn(folder))];

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) =>
    name.endsWith(".md") ? [join(folder, name)] : [],
  );
}

const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

/** The names that headings can be linked to by: lower case, without punctuation, hyphens for spaces. */
const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

/** Blocks that import a package are whole programs. */
const programs = pages.flatMap((page) =>
  [...textOf(page).matchAll(/^```(js|ts)\n([\s\S]*?)^```$/gm)]
    .map(([, language, code]) => ({ language: language!, code: code! }))
    .filter(({ code }) => /from "@clidim\//.test(code))
    .map((program, i) => ({ name: `${page}, program ${i + 1}`, ...program })),
);

/** What the repository's TypeScript says of programs, as strict as it is with the repository itself. */
function typeErrorsOf(checked: readonly { readonly name: string; readonly code: string }[]): string[] {
  // Below the root, so that imports resolve as they do in the repository.
  const folder = join(root, "node_modules/.cache/programs");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = checked.map(({ name }) => `${name.replaceAll(/\W+/g, "-")}.mts`);
  checked.forEach(({ code }, i) => {
    writeFileSync(join(folder, files[i]!), code);
  });
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      isolatedDeclarations: false,
      noEmit: true,
    },
    files: [...files, join(root, "packages/tensor/src/executors/webgpu/kernels/wgsl.d.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}

describe("programs in the documentation", () => {
  it("have the types that TypeScript wants, where they are in TypeScript", () => {
    const typed = programs.filter(({ language }) => language === "ts");
    expect(typed.length).toBeGreaterThan(5);
    expect(typeErrorsOf(typed)).toEqual([]);
    const wrong = { name: "wrong", code: 'import { add } from "@clidim/tensor";\nadd("1", 2);\n' };
    expect(typeErrorsOf([wrong]).join()).toContain("wrong.mts(2,5): error TS2345");
  });

  it.each(programs)("$name runs, and prints what it says", async ({ code }) => {
    // Types go, and imports become constants, since a function has no imports.
    const { code: plain } = await transformWithOxc(code, "program.ts", { tsconfig: false });
    const body = plain.replaceAll(/^import (\{.*\}) from "(.*)";$/gm, (_, names: string, from: string) => {
      expect(Object.keys(modules)).toContain(from);
      return `const ${names.replaceAll(" as ", ": ")} = modules["${from}"];`;
    });
    const printed: string[] = [];
    const log = (...words: unknown[]): void => void printed.push(words.map(String).join(" "));
    // The programs are this repository's own text.
    const run = new Function("modules", "console", `return (async () => {${body}})();`);
    await run(modules, { log });
    const said = code.split("\n").filter((line) => /^\s*console\.log/.test(line));
    expect(printed.length).toBeGreaterThanOrEqual(said.length);
    said.forEach((line, i) => {
      const [, comment] = /; \/\/ (.*)$/.exec(line) ?? [];
      if (comment !== undefined) expect(printed[i]).toBe(comment);
    });
  });
});

describe("documentation", () => {
  it.each([...pages, ...pagesIn("docs/api")])("links in %s lead somewhere", (page) => {
    const prose = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, "");
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path, anchor] = target.split("#");
      const to = path === "" ? page : join(dirname(page), path!);
      return !existsSync(join(root, to)) || (anchor !== undefined && !anchorsOf(to).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it("names every function of the tensor package in its table of operations, and nothing that is not there", () => {
    const [, table] = /^## Operations\n([\s\S]*?)^## /m.exec(textOf("packages/tensor/README.md"))!;
    const cells = table!.split("\n").filter((line) => line.startsWith("|"));
    const named = cells.flatMap((line) => [...line.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    const functions = Object.entries(tensors)
      .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
      .map(([name]) => name);
    expect(named.toSorted()).toEqual(functions.toSorted());
  });

  it.each(denoisingMethods.methods.trained)(
    "has every key of $name in one section, with what is allowed and its default",
    (method) => {
      const section = new RegExp(`^${headingOf(method)}\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(
        textOf("docs/configuration.md"),
      );
      expect(section, `write it: node scripts/key-tables.mjs ${method.name}`).not.toBeNull();
      const rows = section![1]!.split("\n").filter((line) => /^\| `[\w.]+` \| .*[.] \|/.test(line));
      expect(rows.toSorted()).toEqual(denoise.describeConfiguration(method).map(rowOf).toSorted());
    },
  );

  it("has the tables of methods as the registry has them", () => {
    const lines = textOf("docs/methods.md").split("\n");
    const tables = methodTables(denoisingMethods.methods.all.map(denoise.describeMethod));
    for (const table of tables) {
      const at = lines.indexOf(table[0]!);
      expect(lines.slice(at, at + table.length), "write it: node scripts/method-table.mjs").toEqual(table);
      expect(lines[at + table.length]).toBe("");
    }
    const [needs] = tables;
    expect(needs).toHaveLength(2 + denoisingMethods.methods.all.length);
  });

  it.each(denoisingMethods.methods.all)(
    "has a figure of $name, or says that there is none, with its command",
    (method) => {
      const { name } = method;
      const row = textOf("docs/methods.md")
        .split("\n")
        .find((line) => line.startsWith(`| \`${name}\` | `) && line.includes("`clidim "));
      expect(row).toMatch(/^\| `[\w-]+` \| (\d+\.\d\d( \(\w+\))?|not measured) \|/);
      // CLIDiM is what is trained where no method is named.
      const [standard] = denoisingMethods.methods.trained;
      const command = method.kind === "classical" ? "denoise" : "train";
      const words = method === standard ? "clidim train " : `clidim ${command} --method ${name} `;
      expect(row).toContain(words);
    },
  );

  it("has a reference that is complete and up to date", () => {
    let problems = "";
    try {
      const script = join(root, "scripts/api-reference.mjs");
      execFileSync(process.execPath, [script, "--check"], { encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      // What execFileSync throws has the child's output.
      problems = (error as { stderr: string }).stderr;
    }
    expect(problems).toBe("");
  });
});
