/** Runs tests with another text in place of one source file, which stays as it is: a process of its own, since a mutant may run for ever. See `test-mutations.mjs`. */
import { join } from "node:path";
import { loadConfigFromFile } from "vite";
import { createVitest } from "vitest/node";
import { root } from "./run-command.mjs";

/** The file with another text. */
let changed;

const plugin = {
  name: "mutant",
  enforce: "pre",
  load: (id) => (id.split("?")[0] === changed?.file ? changed.text : undefined),
};
const options = { root, config: false, watch: false, maxWorkers: 1, reporters: [{}], silent: true };
const { config } = await loadConfigFromFile(
  { command: "serve", mode: "test" },
  join(root, "vitest.config.ts"),
);
const projects = config.test.projects.map((project) => ({ ...project, plugins: [plugin] }));
const vitest = await createVitest("test", options, { ...config, test: { ...config.test, projects } });

async function answer({ file, text, tests }) {
  const before = changed?.file;
  changed = { file, text };
  for (const one of new Set([before, file])) if (one) vitest.invalidateFile(one);
  const specifications = await vitest.globTestSpecifications(tests);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const ran = testModules.length > 0;
  process.send({ ran, passed: unhandledErrors.length === 0 && testModules.every((module) => module.ok()) });
}
// What it rejects with ends the process, which the other side notices.
process.on("message", (mutant) => void answer(mutant));
process.send("ready");
