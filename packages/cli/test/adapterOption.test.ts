import { Command } from "commander";
import { expect, test } from "vitest";
import { addAdapterOption } from "../src/adapterOption.js";

test.each([
  ["", undefined],
  ["webassembly", "webassembly"],
])("the adapter %j is %j: a variable that is set to nothing names none", async (given, adapter) => {
  const command = new Command("denoise").action((options: object) => {
    expect(options).toEqual({ adapter });
  });
  expect.assertions(1);
  await addAdapterOption(command).parseAsync(["--adapter", given], { from: "user" });
});
