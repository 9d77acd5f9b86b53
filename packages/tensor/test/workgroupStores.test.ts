import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ampleTraits, contractionKernels } from "./contractionKernels.js";

// By WGSL's memory model, a store to a component of a vector may access all of it: where invocations store components of one vector between two barriers, they race.
// So vectors that a workgroup shares are stored as a whole.

/** Position after the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "[") depth++;
    if (code[i] === "]" && --depth === 0) return i + 1;
  }
  throw new Error(`no ] for the [ at ${open}`);
}

/** The stores to components of vectors in workgroup memory, as they are written. */
function componentStores(code: string): string[] {
  const found: string[] = [];
  const declared = /var<workgroup>\s*(\w+)\s*:\s*(array<\s*)?(vec[234]|mat|\w+)/g;
  for (const [, name, array, element] of code.matchAll(declared)) {
    if (/^mat/.test(element!)) throw new Error(`${name}: matrices in workgroup memory are not looked at`);
    // Accessors up to a whole element.
    const whole = array ? 1 : 0;
    for (const { index } of code.matchAll(new RegExp(`\\b${name}\\b`, "g"))) {
      let at = index + name!.length;
      let accessors = 0;
      for (;;) {
        const member = /^\.\w+/.exec(code.slice(at));
        if (code[at] === "[") at = closing(code, at);
        else if (member) at += member[0].length;
        else break;
        accessors++;
      }
      const stores = /^\s*((\+|-|\*|\/|%|&|\||\^|<<|>>)?=(?!=)|\+\+|--)/.test(code.slice(at));
      if (stores && accessors > whole) found.push(code.slice(index, at));
    }
  }
  return found;
}

describe("stores to workgroup memory", () => {
  it("are told apart", () => {
    const declarations =
      "var<workgroup> t: array<vec4f, 8>;\nvar<workgroup> s: array<f32, 8>;\nvar<workgroup> v: vec2u;\n";
    const stores = (body: string): string[] => componentStores(`${declarations}fn f() { ${body} }`);
    expect(stores("t[a[1]] = vec4f(); s[i + t2[0]] = t[0][1]; v = vec2u(); if (t[0].x == 1.0) { }")).toEqual(
      [],
    );
    expect(stores("t[at + 1u * line][i % 4u] = x;")).toEqual(["t[at + 1u * line][i % 4u]"]);
    expect(stores("t[a[b[0]]].y += x; v.x = 1u; v[i]++;")).toEqual(["t[a[b[0]]].y", "v.x", "v[i]"]);
  });

  const { subgroupMatrix: _, ...plain } = ampleTraits;
  it.each([
    ["with subgroup matrices", ampleTraits, ["matmul matrices 128x128 f16", "convTranspose2d 64x64"]],
    [
      "of a GPU without",
      plain,
      ["conv2d 128x32 f16", "conv2d 64x4 f16", "conv2dWeightGradient 64x128", "matmul"],
    ],
    ["of a software adapter", { ...plain, kind: "software" }, ["conv2d", "pack"]],
  ] as const)("are of whole vectors in every kernel of every contraction, %s", (_name, traits, known) => {
    const kernels = contractionKernels(traits);
    const labels = kernels.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(known.map((label) => expect.stringContaining(label))));
    for (const { label, code } of kernels) expect(componentStores(code), label).toEqual([]);
  });

  it("are of whole numbers in Fourier transforms", () => {
    const shader = readFileSync(join(import.meta.dirname, "../../../shaders/fft.tile.wgsl"), "utf8");
    expect(shader).toContain("var<workgroup> tile: array<vec2f,");
    expect(componentStores(shader)).toEqual([]);
  });
});
