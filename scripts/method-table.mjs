/**
 * The methods of the registry as docs/methods.md has them: two tables, a row per method. `test/docs.test.ts` compares them with the page.
 *
 *   node scripts/method-table.mjs
 */
import { pathToFileURL } from "node:url";

const table = (header, rows) => [
  `| ${header.join(" | ")} |`,
  `|${header.map(() => "---").join("|")}|`,
  ...rows.map((cells) => `| ${cells.join(" | ")} |`),
];

/** The lines of the tables of methods, as `describeMethod` has them. */
export const methodTables = (described) => [
  table(
    ["method", "", "needs", "gives", "time"],
    described.map(({ name, title, needs, gives, time }) => [
      `\`${name}\``,
      title,
      needs,
      ["the image", ...gives].join("; "),
      time,
    ]),
  ),
  table(
    ["", "take it where", "it cannot"],
    described.map(({ title, when, cannot }) => [title, when, cannot]),
  ),
];

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { buildPackages } = await import("./build-packages.mjs");
  await buildPackages();
  const { describeMethod } = await import("@clidim/denoise");
  const { methods } = await import("@clidim/methods");
  console.log(
    methodTables(methods.all.map(describeMethod))
      .map((lines) => lines.join("\n"))
      .join("\n\n"),
  );
}
