import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The version of the package that a module belongs to: the nearest package.json above `moduleUrl` (`import.meta.url`). */
export function packageVersion(moduleUrl: string): string {
  let folder = new URL(".", moduleUrl);
  for (;;) {
    const file = fileURLToPath(new URL("package.json", folder));
    if (existsSync(file)) {
      const { version }: { version?: unknown } = JSON.parse(readFileSync(file, "utf8"));
      if (typeof version === "string") return version;
    }
    const above = new URL("..", folder);
    if (above.href === folder.href) throw new Error(`packageVersion: no package.json above ${moduleUrl}`);
    folder = above;
  }
}
