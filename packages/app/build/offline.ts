import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, type Plugin, type Rolldown } from "vite";
import type { KeptFile } from "../src/service/keptFile.js";
import { isolation } from "./headers.js";

/** Adds the service worker, `service-worker.js` beside the page, with the list of all other files of the site. Not in modules, which browsers do not take everywhere for service workers. */
export const offline = (): Plugin => ({
  name: "offline",
  apply: "build",
  enforce: "post",
  async generateBundle(_options, bundle) {
    const kept = Object.values(bundle).flatMap((file): KeptFile[] => {
      if (file.fileName.endsWith(".map") || file.fileName === "headers.json") return [];
      const contents = file.type === "chunk" ? file.code : file.source;
      const hash = createHash("sha256").update(contents).digest("hex").slice(0, 16);
      return [{ url: file.fileName, revision: file.fileName.startsWith("assets/") ? null : hash }];
    });
    const result = await build({
      configFile: false,
      logLevel: "error",
      define: {
        ISOLATION: JSON.stringify(isolation),
        KEPT_FILES: JSON.stringify(kept.toSorted((a, b) => (a.url < b.url ? -1 : 1))),
        "process.env.NODE_ENV": '"production"',
      },
      build: {
        write: false,
        target: "es2023",
        lib: {
          entry: fileURLToPath(new URL("../src/service/serviceWorker.ts", import.meta.url)),
          formats: ["iife"],
          name: "serviceWorker",
        },
      },
    });
    // One format of one entry that does not watch.
    const [worker] = (result as Rolldown.RolldownOutput[])[0]!.output;
    this.emitFile({ type: "asset", fileName: "service-worker.js", source: worker.code });
  },
});
