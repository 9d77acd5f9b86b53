import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Alias, UserConfig } from "vite";

const module = (name: string): string =>
  fileURLToPath(new URL(`../src/worker/node/${name}.ts`, import.meta.url));

const alias = (find: RegExp, replacement: string): Alias => ({ find, replacement });

/** The version of the package that writes results. */
const version = (): string => {
  const file = new URL("../../denoise/package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version; // a package of the workspace has one
};

/** The library's own functions of files run in the worker: what they import of Node are modules on files of the browser. */
export const nodeModules = (): Pick<UserConfig, "resolve" | "define"> => ({
  resolve: {
    alias: [
      alias(/^node:fs\/promises$/, module("fsPromises")),
      alias(/^node:fs$/, module("fs")),
      alias(/^node:path$/, module("path")),
      alias(/^node:os$/, module("os")),
      alias(/^node:crypto$/, module("crypto")),
      alias(/^node:process$/, module("process")),
      alias(/^node:timers\/promises$/, module("timersPromises")),
      alias(/^(node:)?(child_process|worker_threads|zlib|stream|url)$/, module("absent")),
      alias(/^\.{1,2}\/(machine\/)?packageVersion\.js$/, module("packageVersion")),
    ],
  },
  define: { "import.meta.env.CLIDIM_VERSION": JSON.stringify(version()) },
});
