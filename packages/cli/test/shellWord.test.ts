import { expect, test } from "vitest";
import { shellWord } from "../src/shellWord.js";

test("a path with blanks is one word of a command", () => {
  expect(["model", "my runs/model"].map(shellWord)).toEqual(["model", '"my runs/model"']);
});
