/**
 * Before a package is packed: removes the declarations in its dist/ whose source is gone, which neither tsc nor tsup does.
 * Runs in the package's folder.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

for (const name of readdirSync("dist", { recursive: true })) {
  if (!name.endsWith(".d.ts.map")) continue;
  const map = join("dist", name);
  const { sources } = JSON.parse(readFileSync(map, "utf8"));
  if (sources.some((source) => existsSync(join(dirname(map), source)))) continue;
  rmSync(map);
  rmSync(map.replace(/\.map$/, ""), { force: true });
}
