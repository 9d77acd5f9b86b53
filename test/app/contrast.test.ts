import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = readFileSync(new URL("../../packages/app/src/page/styles/tokens.css", import.meta.url), "utf8");

type Tokens = Readonly<Record<string, string>>;

const tokensOf = (block: string): Tokens =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  );

const [lightText = "", darkText = ""] = text.split("@media (prefers-color-scheme: dark)");
const light = tokensOf(lightText);
const dark = { ...light, ...tokensOf(darkText) };

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Text, and what it stands on. */
const texts: readonly (readonly [text: string, grounds: string])[] = [
  ["ink", "ground surface raised accent-soft warn-soft danger-soft"],
  ["ink-soft", "ground surface raised"],
  ["accent", "ground surface raised accent-soft"],
  ["accent-ink", "accent accent-strong"],
  ["warn", "surface raised warn-soft"],
  ["danger", "surface raised danger-soft"],
  ["stage-ink", "stage stage-raised"],
  ["stage-soft", "stage stage-raised"],
  ["stage-accent", "stage stage-raised"],
];

/** Edges of controls, marks and curves: what is seen without being read. */
const marks: readonly (readonly [mark: string, grounds: string])[] = [
  ["line-strong", "ground surface raised"],
  ["focus", "ground surface raised"],
  ["stage-before", "stage-raised"],
  ["stage-after", "stage-raised"],
  ...[1, 2, 3, 4, 5].map((i) => [`curve-${i}`, "surface"] as const),
];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("the %s theme", (_, tokens) => {
  const measured = (pairs: typeof texts): Record<string, number> =>
    Object.fromEntries(
      pairs.flatMap(([front, grounds]) =>
        grounds.split(" ").map((ground) => {
          const [one, other] = [tokens[front], tokens[ground]];
          if (one === undefined || other === undefined) throw new Error(`no colour ${front} or ${ground}`);
          return [`${front} on ${ground}`, contrast(one, other)];
        }),
      ),
    );

  it("has text of a contrast of 4.5 at least", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    for (const [pair, value] of Object.entries(measured(texts))) {
      expect(value, pair).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("has edges and marks of a contrast of 3 at least", () => {
    for (const [pair, value] of Object.entries(measured(marks))) {
      expect(value, pair).toBeGreaterThanOrEqual(3);
    }
  });
});
