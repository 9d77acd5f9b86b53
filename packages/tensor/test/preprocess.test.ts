// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are the preprocessor's, not JavaScript's.
import { describe, expect, it } from "vitest";
import { preprocess } from "../src/executors/webgpu/kernels/preprocess.js";

describe("preprocess", () => {
  it("replaces expressions, with the usual precedence and truncating division", () => {
    const text = "a${N} ${2 + 3 * N} ${(2 + 3) * N} ${7 / 2 % 2} ${10 - 4 - 3} ${N == 4 && N < 5 || 0}";
    expect(preprocess(text, { N: 4 })).toBe("a4 14 20 1 3 1");
  });

  it("repeats and nests blocks without leaving directives behind", () => {
    const source = ["#for i in N", "  #for j in i + 1", "x${i}_${j};", "  #end", "#end", "done"].join("\n");
    expect(preprocess(source, { N: 2 })).toBe("x0_0;\nx1_0;\nx1_1;\ndone");
  });

  it("keeps one branch of a condition", () => {
    const source = ["#if A", "  #if B", "both", "  #else", "a", "  #end", "#else", "none", "#end"].join("\n");
    expect(preprocess(source, { A: 1, B: 1 })).toBe("both");
    expect(preprocess(source, { A: 1, B: 0 })).toBe("a");
    expect(preprocess(source, { A: 0, B: 1 })).toBe("none");
  });

  it("includes parts in the scope of the including line", () => {
    const source = ["#for i in 2", "#include part", "#end"].join("\n");
    expect(preprocess(source, {}, { part: "p${i}\n" })).toBe("p0\np1");
  });

  it.each([
    ["#if 1\nx", /no #end/],
    ["#include missing", /no part "missing"/],
    ["#for 3", /is not "#for/],
    ["#frobnicate", /unknown directive/],
    ["${UNKNOWN}", /cannot evaluate "UNKNOWN"/],
    ["${1 +}", /cannot evaluate/],
    ["${(1}", /cannot evaluate/],
  ])("rejects %j", (source, message) => {
    expect(() => preprocess(source, {})).toThrow(message);
  });
});
