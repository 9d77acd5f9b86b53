import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const bundle = readFileSync(join(root, "scripts/gpu-bundle.mjs"), "utf8");

it("the GPU bundle has all that its suites take from vitest", () => {
  const stand = readFileSync(join(root, "scripts/gpu-bundle/vitest.mjs"), "utf8");
  const offered = [...stand.matchAll(/^export const (?:\{ )?(\w+)/gm)].map(([, name]) => name!);
  const folders = [...bundle.matchAll(/"(packages\/\w+\/test[\w/]*)"/g)].map(([, folder]) => folder!);
  expect(folders.length).toBeGreaterThan(3);
  const taken = [...folders, "packages/testing/src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const text = readFileSync(join(root, folder, file), "utf8");
        const [, names = ""] = /import \{([^}]*)\} from "vitest"/.exec(text) ?? [];
        return names.split(",").flatMap((name) => (/^\s*(type .*)?$/.test(name) ? [] : [name.trim()]));
      }),
  );
  expect(offered).toEqual(expect.arrayContaining([...new Set(taken)]));
});
