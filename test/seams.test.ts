import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "vite";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Source {
  /** Below the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** The sources below a folder of the repository. */
function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const packages = readdirSync(join(root, "packages")).filter((name) =>
  existsSync(join(root, "packages", name, "src")),
);

describe("a method of @clidim/methods", () => {
  const src = "packages/methods/src";
  const folders = readdirSync(join(root, src), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, src, entry.name, "method.ts")))
    .map(({ name }) => posix.join(src, name));

  /** Imports of a method's files from elsewhere. */
  function intrusions({ path, text }: Source): string[] {
    const { module } = parseSync(path, text);
    const froms = [
      ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
      ),
    ].filter((from) => from.startsWith("."));
    const targets = [...new Set(froms.map((from) => posix.join(dirname(path), from)))];
    return targets
      .filter((target) => folders.some((f) => target.startsWith(`${f}/`) && !path.startsWith(`${f}/`)))
      .map((target) => `${path} imports ${target}`);
  }

  /** Where methods are listed: all, and those without training by themselves. */
  const lists = ["registry", "classicalMethods"].map((name) => `${src}/${name}.ts`);

  it("is known to its folder and to the lists of methods alone; the package's root exports what a folder offers", () => {
    expect(folders.length).toBeGreaterThanOrEqual(3);
    const allowed = [...lists, `${src}/index.ts`];
    const found = sourcesIn(src)
      .filter(({ path }) => !allowed.includes(path))
      .flatMap(intrusions);
    expect(found).toEqual([]);
    const [folder] = folders;
    const text = `import { x } from "./${relative(src, folder!)}/method.js";\nexport * from "./registry.js";`;
    expect(intrusions({ path: `${src}/other.ts`, text })).toEqual([
      `${src}/other.ts imports ${folder}/method.js`,
    ]);
  });

  it("has one line of one list beside its import", () => {
    const text = lists.map((path) => readFileSync(join(root, path), "utf8")).join("");
    for (const folder of folders) {
      const [, name] = new RegExp(`import \\{ (\\w+) \\} from "./${relative(src, folder)}/method.js"`).exec(
        text,
      )!;
      // A folder may be called as its method is.
      const withoutPaths = text.replaceAll(/from "[^"]*"/g, "");
      expect(withoutPaths.match(new RegExp(`\\b${name}\\b`, "g")), folder).toHaveLength(2);
    }
  });
});

describe("@clidim/denoise", () => {
  /** Names of methods, and of what particular methods are made of. */
  const words =
    /clidim|noise2\w+|\bn2v\b|pix2pix|u-?net|discriminator|generator|\bngf\b|\bndf\b|\bdowns\b|dropout|contrastive|psnrLoss|\bdssim\b|non-?local|\bnlm\b|totalVariation/gi;
  /** What may stand there: packages and commands of this name, and formats that had it before there were other methods. */
  const names = [
    /"@clidim\/[\w/]+"/g,
    // What files are said to be of, and the program's own name in them.
    /"clidim-[\w.-]+"/g,
    /a CLIDiM (checkpoint|model|\$\{kind\})/g,
    /Monte Carlo\s+\*?\s*dropout \(Gal/g,
    /\bclidim: (packageVersion|z\.string)\b|readonly clidim: string|\.clidim\b|`clidim \$\{packageVersion\(/g,
    /join\(cache, "clidim", "tiles"/g,
    /firstMethod = "clidim@1"/g,
    // A generator function of JavaScript.
    /\bGenerator</g,
  ];

  const namesIn = ({ path, text }: Source): string[] => {
    const rest = names.reduce((left, name) => left.replaceAll(name, ""), text);
    return [...rest.matchAll(words)].map(([word]) => `${path} says ${word}`);
  };

  it("names no method and nothing that one method is made of", () => {
    expect(sourcesIn("packages/denoise/src").flatMap(namesIn)).toEqual([]);
    const text = 'import "@clidim/nn"; // the generator of clidim@1, with DSSIM';
    expect(namesIn({ path: "a.ts", text })).toEqual([
      "a.ts says generator",
      "a.ts says clidim",
      "a.ts says DSSIM",
    ]);
  });
});

describe("what all methods share", () => {
  /** Comparisons of names with words: where a method is told from others by its name. */
  function comparisonsIn({ path, text }: Source): string[] {
    const found: string[] = [];
    const isName = (node: {
      readonly type: string;
      readonly name?: unknown;
      readonly property?: unknown;
    }): boolean => {
      const { property } = node as { readonly property?: { readonly name?: unknown } };
      const called =
        node.type === "Identifier"
          ? node.name
          : node.type === "MemberExpression"
            ? property?.name
            : undefined;
      return called === "name" || called === "title" || called === "method";
    };
    const wordOf = (node: { readonly type: string; readonly value?: unknown }): string | undefined =>
      node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
    new Visitor({
      BinaryExpression: ({ operator, left, right }) => {
        if (!/^[!=]==?$/.test(operator)) return;
        for (const [one, other] of [
          [left, right],
          [right, left],
        ] as const) {
          const word = wordOf(other);
          if (isName(one) && word !== undefined) found.push(`${path} compares with ${word}`);
        }
      },
      SwitchStatement: ({ discriminant, cases }) => {
        if (!isName(discriminant)) return;
        for (const { test } of cases) if (test) found.push(`${path} compares with ${wordOf(test)}`);
      },
      CallExpression: ({ callee, arguments: [first] }) => {
        const { property } = callee as { readonly property?: { readonly name?: unknown } };
        if (!/^(trained|classical)?(n|N)amed$/.test(String(property?.name))) return;
        const word = first && wordOf(first);
        if (word !== undefined) found.push(`${path} names ${word}`);
      },
    }).visit(parseSync(path, text).program);
    return found;
  }

  it("tells no method from others by its name", () => {
    const found = ["denoise", "cli"]
      .flatMap((name) => sourcesIn(`packages/${name}/src`))
      .flatMap(comparisonsIn);
    expect(found).toEqual([
      // A key.
      "packages/denoise/src/configuration/describeConfiguration.ts compares with mode",
      "packages/denoise/src/configuration/describeConfiguration.ts compares with mode",
      // A row of reports that is of no method.
      "packages/denoise/src/evaluation/exhibits.ts compares with noisy",
      // Of HTTP.
      "packages/cli/src/serveSite.ts compares with GET",
      "packages/cli/src/serveSite.ts compares with HEAD",
      // What is asked for in place of a method.
      "packages/cli/src/commands/denoise.ts compares with automatic",
    ]);
    const text = `
      if (method.name === "care") f(); if ("care" != name) f(); switch (x.title) { case "CARE": f(); }
      methods.trainedNamed("care"); methods.named(name); if (mode === "care" || name === other) f();`;
    expect(comparisonsIn({ path: "a.ts", text })).toEqual([
      "a.ts compares with care",
      "a.ts compares with care",
      "a.ts compares with CARE",
      "a.ts names care",
    ]);
  });
});

describe("the libraries", () => {
  /** Texts and comments with a flag of the command line in them. */
  function flagsIn({ path, text }: Source): string[] {
    const { program, comments } = parseSync(path, text);
    const said = comments.map(({ value }) => value);
    new Visitor({
      Literal: ({ value }) => void (typeof value === "string" && said.push(value)),
      TemplateElement: ({ value }) => void said.push(value.raw),
    }).visit(program);
    return said.flatMap((words) =>
      [...words.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([flag]) => `${path} says ${flag}`),
    );
  }

  it("name keys and values; what they are called on a command line is the command line's business", () => {
    // The app has command lines to take away.
    const libraries = packages.filter((name) => name !== "cli" && name !== "app");
    expect(libraries).toEqual(expect.arrayContaining(["tensor", "denoise", "methods"]));
    // What Slurm runs is a command line, started by another.
    const found = libraries
      .flatMap((name) => sourcesIn(`packages/${name}/src`))
      .filter(({ path }) => path !== "packages/batch/src/engines/slurm.ts")
      .flatMap(flagsIn);
    // An option of V8.
    expect(found).toEqual(["packages/tensor/src/executors/webgpu/device/gpu.node.ts says --expose-gc"]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text to be parsed
    const text = "// see --preset\nthrow new Error(`give ${x} with --seed`); i--; const a = '--b-c';";
    expect(flagsIn({ path: "a.ts", text })).toEqual([
      "a.ts says --preset",
      "a.ts says --seed",
      "a.ts says --b-c",
    ]);
  });
});
