import { existsSync } from "node:fs";
import process from "node:process";

/** The part of a pattern that exists, and the rest. Names may look like patterns: `day[1]/*.tif`. */
export function splitPattern(path: string): { readonly base: string; readonly pattern: string } {
  const parts = (process.platform === "win32" ? path.replaceAll("\\", "/") : path).split("/");
  // From behind: the first parts of a network path such as //server/share are nothing by themselves.
  let count = parts.length - 1;
  while (count > 0 && !existsSync(parts.slice(0, count).join("/") || "/")) count--;
  const base = parts.slice(0, count).join("/");
  // Without the slash, a drive of Windows would stand for the folder at work there.
  const isRoot = count > 0 && /^([a-z]:)?$/i.test(base);
  return { base: isRoot ? `${base}/` : base, pattern: parts.slice(count).join("/") };
}
