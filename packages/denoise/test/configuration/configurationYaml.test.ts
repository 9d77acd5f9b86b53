import { expect, test } from "vitest";
import { parseConfigurationYaml } from "../../src/configuration/configurationYaml.js";

test("aliases are read as what they refer to", () => {
  expect(parseConfigurationYaml("a: &a [1, 2]\nb: *a\n", "run.yaml").values).toEqual({
    a: [1, 2],
    b: [1, 2],
  });
});

test.each([
  ["a: &a [*a]\n", "an alias (*) stands within what it refers to (&)"],
  ["a: &a\n  b:\n    c: *a\n", "an alias (*) stands within what it refers to (&)"],
  // Each line has nine of the one before: 9^8 values.
  [
    `a0: &a0 [1]\n${Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]\n`).join("")}`,
    "Excessive alias count",
  ],
])("aliases that have no end, or multiply, are refused: %#", (text, sentence) => {
  expect(() => parseConfigurationYaml(text, "run.yaml")).toThrow(`run.yaml: not YAML: ${sentence}`);
});
