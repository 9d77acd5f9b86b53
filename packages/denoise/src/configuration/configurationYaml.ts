import { InputError } from "@clidim/imaging";
import { Document, isScalar, parseDocument, visit } from "yaml";
import type { ConfigurationFile, ResolvedConfiguration } from "./configuration.js";

/**
 * The values in a YAML file: a record with some or all of the keys that `describeConfiguration` lists, to be resolved with
 * `layerConfiguration`. `name` is what messages call the file. Throws an `InputError` with line and column for text that is no YAML, and for
 * what is no record or holds itself.
 */
export function parseConfigurationYaml(text: string, name: string): ConfigurationFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const [place] = error.linePos ?? [];
    const where = place ? `${name}:${place.line}:${place.col}` : name;
    // The first line says what is wrong; a drawing of the place follows it.
    throw new InputError(`${where}: not YAML: ${error.message.split(" at line ")[0]}`, { cause: error });
  }
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (cause) {
    throw new InputError(`${name}: not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (isCircular(values)) {
    throw new InputError(`${name}: not YAML: an alias (*) stands within what it refers to (&)`);
  }
  if (!isRecord(values)) {
    throw new InputError(
      `${name}: expected keys and values, such as "updates: 1500", got ${JSON.stringify(values)}`,
    );
  }
  return { name, values };
}

/** Whether something holds itself. Aliases are few, see `maxAliasCount`, so that all paths can be walked. */
function isCircular(value: unknown, within: ReadonlySet<object> = new Set()): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (within.has(value)) return true;
  const deeper = new Set([...within, value]);
  return Object.values(value).some((each) => isCircular(each, deeper));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A resolved configuration of a method as YAML that `parseConfigurationYaml` reads again; behind each value a comment says where it comes from. */
export function formatConfigurationYaml(
  { name }: { readonly name: string },
  { configuration, sources }: ResolvedConfiguration<object>,
): string {
  const document = new Document({ method: name, ...configuration });
  visit(document, {
    Pair(_, pair, ancestors) {
      const path = [...ancestors, pair].flatMap((node) =>
        typeof node === "object" && "key" in node && isScalar(node.key) ? [String(node.key.value)] : [],
      );
      const source = sources[path.join(".")];
      if (source && isScalar(pair.value)) pair.value.comment = ` ${source}`;
      else if (source && isScalar(pair.key)) pair.key.commentBefore = ` ${source}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}
