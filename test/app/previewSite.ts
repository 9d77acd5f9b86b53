import { fileURLToPath } from "node:url";
import { build, defaultClientConditions, type Rolldown } from "vite";
import type { Output } from "../browser/bundle.js";

/** The page on the double of its engine, from the sources. */
export async function buildPreview(): Promise<Output> {
  const root = fileURLToPath(new URL("../../packages/app", import.meta.url));
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@clidim/source", ...defaultClientConditions] },
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: fileURLToPath(new URL("preview.html", `file://${root}/`)) },
    },
  });
  // One configuration that does not watch gives one bundle.
  return (result as Rolldown.RolldownOutput).output;
}
