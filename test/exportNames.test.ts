import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";
import { describe, expect, it } from "vitest";

const packages = fileURLToPath(new URL("../packages", import.meta.url));
const indexOf = (name: string): string => join(packages, name, "src/index.ts");

/** Where a module is: a source for a path, the index of a package for its name. */
const fileOf = (from: string, specifier: string): string =>
  specifier.startsWith(".")
    ? join(dirname(from), specifier.replace(/\.js$/, ".ts"))
    : indexOf(specifier.replace("@clidim/", ""));

/** What a module exports, types included, each with the file and the name that it was declared by. */
function exportsOf(file: string): ReadonlyMap<string, string> {
  const { module, errors } = parseSync(file, readFileSync(file, "utf8"));
  expect(errors).toEqual([]);
  const found = new Map<string, string>();
  for (const { exportName, importName, localName, moduleRequest } of module.staticExports.flatMap(
    ({ entries }) => entries,
  )) {
    const source = moduleRequest && fileOf(file, moduleRequest.value);
    if (!source) found.set(exportName.name!, `${file}: ${localName.name ?? exportName.name}`);
    else if (importName.kind === "AllButDefault")
      for (const [name, at] of exportsOf(source)) found.set(name, at);
    else if (importName.kind === "All") found.set(exportName.name!, `${source}: all`);
    else found.set(exportName.name!, exportsOf(source).get(importName.name!) ?? `${source}: missing`);
  }
  return found;
}

/** Names that several of these lists have for different things. */
function clashesOf(lists: readonly ReadonlyMap<string, string>[]): string[] {
  const meanings = new Map<string, Set<string>>();
  for (const [name, at] of lists.flatMap((list) => [...list])) {
    meanings.set(name, (meanings.get(name) ?? new Set()).add(at));
  }
  return [...meanings]
    .filter(([, all]) => all.size > 1)
    .map(([name, all]) => `${name}: ${[...all].join(", ")}`);
}

describe("the names of tensor, autograd and nn", () => {
  const lists = ["tensor", "autograd", "nn"].map((name) => exportsOf(indexOf(name)));

  it("mean one thing each, whichever of the three they are imported from", () => {
    expect(clashesOf(lists)).toEqual([]);
  });

  it("are looked at, types and what is passed on included", () => {
    const [tensor, autograd, nn] = lists as [
      ReadonlyMap<string, string>,
      ReadonlyMap<string, string>,
      ReadonlyMap<string, string>,
    ]; // three went in
    expect([...tensor.keys()]).toEqual(
      expect.arrayContaining(["relu", "conv2d", "MaxPoolOptions", "Tensor"]),
    );
    expect(autograd.get("stopGradient")).toBe(tensor.get("stopGradient"));
    expect(nn.get("Extents2d")).toBe(tensor.get("Extents2d"));
    expect([...nn.keys()]).toEqual(expect.arrayContaining(["layers", "Layer", "adam"]));
    const flat = new Map([["relu", "layers/relu.ts: relu"]]);
    expect(clashesOf([tensor, flat])).toEqual([expect.stringMatching(/^relu: .*layers\/relu\.ts/)]);
  });
});
