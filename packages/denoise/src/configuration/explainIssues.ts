import type { z } from "zod";
import { type ConfigurationSpace, memberAt } from "../protocol/configurationSpace.js";

/** What is wrong with a value, as schemas say it. */
export type Issue = z.core.$ZodIssue;

const show = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value));

/** One sentence per problem: the key (as `name` gives it), its value and what is allowed. */
export function explainIssues(
  { groups }: Pick<ConfigurationSpace<unknown>, "groups">,
  given: unknown,
  issues: readonly Issue[],
  name: (path: readonly string[]) => string = (path) => path.join("."),
): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") {
      const subject = path.length === 0 ? "it" : name(path);
      return [`${subject} is ${show(memberAt(given, issue.path))}; allowed: ${issue.message}`];
    }
    const records = Object.keys(groups).filter((group) => group !== "");
    const allowed =
      path.length === 0
        ? [...Object.keys(groups[""] ?? {}), ...records, "notes"]
        : Object.keys(groups[path.join(".")] ?? {});
    return issue.keys.map((key) => `${name([...path, key])} is not a key; allowed: ${allowed.join(", ")}`);
  });
}
