import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { exists, ignoresCase } from "@clidim/imaging/node";
import { jobOf, saysOther } from "./existingResult.js";
import { besideKinds, type ExistingFile, type Places } from "./outputPlaces.js";

/** A report or a map that is there, and the result that it is of. */
export interface OfOtherResult {
  readonly path: string;
  readonly result: string;
}

/**
 * Of what lies where the reports and maps of a result go, the first that is of another result of this program, which is still there: `out/cells.tif` and `out/cells.png` have theirs in one place. A report says whose it is. An image
 * is taken for that of the other one, unless the record of `output` has such an image, or it bears the job of `output`. `recordOf` has the records of results, by their paths.
 */
export async function ofOtherResult(
  found: readonly ExistingFile[],
  { output, beside }: Places,
  recordOf: (path: string) => object | undefined,
): Promise<OfOtherResult | undefined> {
  for (const { path } of found) {
    if (path === output) continue;
    const kind = besideKinds.find((one) => beside[one] === path);
    const told = kind === undefined ? await resultOfReport(path) : undefined;
    if (told === basename(output)) continue;
    if (kind !== undefined && (await isOfOutput(path, kind === "samples" ? "samples" : "uncertainty")))
      continue;
    const candidates = told === undefined ? await namesakes(output) : [join(dirname(output), told)];
    for (const result of candidates) {
      const unreadable = recordOf(result) === undefined;
      if ((await exists(result)) && !(await saysOther(result, { unreadable }))) return { path, result };
    }
  }
  return undefined;

  async function isOfOutput(path: string, key: "samples" | "uncertainty"): Promise<boolean> {
    if (!(await exists(output))) return false;
    if ((recordOf(output) as Partial<Record<typeof key, unknown>> | undefined)?.[key] !== undefined)
      return true;
    const job = await jobOf(path);
    return job !== undefined && job === (await jobOf(output));
  }
}

/** The name of the result that a report is of, of either of its files; undefined where it does not say. */
async function resultOfReport(path: string): Promise<string | undefined> {
  try {
    const { output } = JSON.parse(await readFile(path.replace(/\.html$/, ".json"), "utf8"));
    // Made on another system, perhaps.
    return typeof output === "string" ? output.split(/[\\/]/).at(-1) : undefined;
  } catch {
    return undefined;
  }
}

/** What lies beside a file, is called as it is and has another extension. */
async function namesakes(path: string): Promise<string[]> {
  const folder = dirname(path);
  const oneCase = await ignoresCase(folder);
  const stem = (name: string): string => {
    const bare = basename(name, extname(name));
    return oneCase ? bare.normalize().toLowerCase() : bare;
  };
  const entries = await readdir(folder).catch(() => []);
  return entries
    .filter((name) => name !== basename(path) && stem(name) === stem(path))
    .map((name) => join(folder, name));
}
