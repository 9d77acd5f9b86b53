import { readFileSync } from "node:fs";
import * as autograd from "@clidim/autograd";
import * as tensors from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import * as nn from "../src/index.js";

const modules: Readonly<Record<string, object>> = {
  "@clidim/autograd": autograd,
  "@clidim/nn": nn,
  "@clidim/tensor": tensors,
};
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("README", () => {
  it("starts with a program that trains a network", async () => {
    const [, program] = /```js\n([\s\S]*?)```/.exec(readme)!;
    // The imports become constants, since a function has no imports.
    const body = program!.replaceAll(
      /^import (\{.*\}) from "(.*)";$/gm,
      (_, names: string, from: string) => `const ${names} = modules["${from}"];`,
    );
    const printed: string[] = [];
    // The program is this repository's own text.
    const run = new Function("modules", "console", `return (async () => {${body}})();`);
    await run(modules, { log: (line: string) => printed.push(line) });
    const [, loss, right] = /^loss ([\d.]+), (\d+) of 200 right$/.exec(printed.join("\n"))!;
    expect(Number(loss)).toBeLessThan(0.02);
    expect(Number(right)).toBe(200);
  });

  it("names every layer and optimiser, and nothing that is not there", () => {
    const sections = readme.split(/^## /m).filter((part) => /^(Layers|Optimisers)/.test(part));
    const layerList = sections[0]!.split("**Models of one")[0]!;
    const named = [...`${layerList}${sections[1]!.split("```")[0]}`.matchAll(/`([a-zA-Z0-9]+)`/g)].map(
      ([, n]) => n!,
    );
    const there = { ...nn, ...nn.layers, ...tensors };
    expect(named.filter((name) => !Object.hasOwn(there, name))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(Object.keys(nn.layers)));
    expect(named).toEqual(expect.arrayContaining(["adamw", "accumulate"]));
  });
});
