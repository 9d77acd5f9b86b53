import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = join(import.meta.dirname, "results");

/** The file that holds what was measured on an adapter on a day (an ISO date, its time ignored). */
export function resultFile(adapter, date) {
  const slug = adapter
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return join(folder, `${slug}-${date.slice(0, 10)}.json`);
}

/** @returns {object | undefined} what was saved there, if anything */
export function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeResults(file, results) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}

/** The newest file of each adapter, by adapter. */
export function latestResults() {
  const latest = new Map();
  for (const name of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()) {
    const results = readResults(join(folder, name));
    latest.set(results.adapter.adapter, { file: name, ...results });
  }
  return [...latest.values()];
}
