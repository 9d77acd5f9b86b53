import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { methods } from "../src/registry.js";

const packages = fileURLToPath(new URL("../..", import.meta.url));

/** Sources of all packages but this one, from below `packages`, and but the zoo, whose cards have figures of methods by their names. */
const sources = readdirSync(packages).flatMap((folder) =>
  ["methods", "zoo"].includes(folder) || !existsSync(join(packages, folder, "src"))
    ? []
    : readdirSync(join(packages, folder, "src"), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => ({
          path: `${folder}/src/${path.replaceAll("\\", "/")}`,
          text: readFileSync(join(packages, folder, "src", path), "utf8"),
        })),
);

/** Lines, without comments, that a pattern is found in. */
const found = (pattern: RegExp): string[] =>
  sources.flatMap(({ path, text }) =>
    text
      .split("\n")
      .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line) && pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );

test.each(methods.classical)("nothing outside this package names $name", ({ name, title }) => {
  expect(sources.length).toBeGreaterThan(300);
  // What CLIDiM calls its loss terms is its own business, and what its presets ask to be blended with.
  const own: Readonly<Record<string, readonly string[]>> = {
    tv: ['clidim/src/state.ts: "tv",'],
    bm3d: ['clidim/src/presetValues.ts: blend: "bm3d",'],
  };
  expect(found(new RegExp(`["'\`]${name}["'\`]`))).toEqual(own[name] ?? []);
  const titled = found(new RegExp(title, "i"));
  expect(titled.filter((line) => !/^(?:(?:clidim|imaging|nn)|app\/src\/page\/preview)\//.test(line))).toEqual(
    [],
  );
});

test("nothing outside this package takes more of it than the registry, and threads for its methods", () => {
  const imports = found(/from "@clidim\/methods/);
  expect(imports.length).toBeGreaterThan(0);
  for (const line of imports)
    expect(line).toMatch(
      /: import \{ (?:methods(?: as \w+)? \} from "@clidim\/methods|methodThreads \} from "@clidim\/methods\/node|classicalMethods \} from "@clidim\/methods)";$/,
    );
});
