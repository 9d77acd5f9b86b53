/**
 * The keys of a method as docs/configuration.md has them: a table per record. `test/docs.test.ts` compares them with the page.
 *
 *   node scripts/key-tables.mjs noise2void
 */
import { pathToFileURL } from "node:url";

const shown = (value) => `\`${JSON.stringify(value)}\``.replaceAll('"', "");

/** The row of one key, as `describeConfiguration` has it. */
export function rowOf({ key, allowed, description, default: standard, presets, modes = {} }) {
  const otherwise = [
    ...Object.entries(presets).map(([name, value]) => `${name} ${shown(value)}`),
    ...Object.entries(modes).map(([name, value]) => `mode ${name} ${shown(value)}`),
  ];
  const cells = [
    `\`${key}\``,
    description.replaceAll("|", "\\|"),
    allowed,
    standard === undefined ? "" : shown(standard),
    otherwise.join(", "),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The heading of a method's section. */
export const headingOf = ({ title }) => `## Keys of ${title}`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { buildPackages } = await import("./build-packages.mjs");
  await buildPackages();
  const { describeConfiguration } = await import("@clidim/denoise");
  const { methods } = await import("@clidim/methods");
  const method = methods.trainedNamed(process.argv[2]);
  console.log(`${headingOf(method)}\n`);
  const keys = describeConfiguration(method);
  for (const group of Object.keys(method.space.groups)) {
    const own = keys.filter(({ key }) => (key.includes(".") ? key.split(".")[0] : "") === group);
    const rows = [
      "| key | meaning | allowed | default | otherwise |",
      "|---|---|---|---|---|",
      ...own.map(rowOf),
    ];
    console.log(`${group === "" ? "" : `### ${group}\n\n`}${rows.join("\n")}\n`);
  }
}
