/**
 * The API reference from the sources: one page per library package with the signature and the comment of every export.
 *
 *   node scripts/api-reference.mjs          writes docs/api/*.md
 *   node scripts/api-reference.mjs --check  writes nothing; fails where a page is out of date
 *
 * Either way an undocumented export is a failure. Signatures are read off the syntax tree: exports have explicit types
 * (isolatedDeclarations), so that no type checker is needed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "vite";
import { root } from "./run-command.mjs";

const packages = ["tensor", "autograd", "nn", "imaging", "denoise", "clidim", "methods", "export", "batch"];
const target = join(root, "docs/api");

const modules = new Map();

/** A parsed source file. */
function load(file) {
  let module = modules.get(file);
  if (!module) {
    const text = readFileSync(file, "utf8");
    const { program, comments, errors } = parseSync(file, text);
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
    module = { file, text, body: program.body, comments };
    modules.set(file, module);
  }
  return module;
}

const sourceOf = (file, specifier) => join(dirname(file), specifier.replace(/\.js$/, ".ts"));

/**
 * What a module exports, in the order of its text: `{ name, path }` of the declaration. Other packages' exports are left to their own page.
 */
function exportsOf(file) {
  const found = [];
  for (const statement of load(file).body.filter(({ type }) => type.startsWith("Export"))) {
    const from = statement.source?.value;
    if (from && !from.startsWith(".")) {
      found.push(...statement.specifiers.map(({ exported }) => ({ name: exported.name, from })));
    } else if (statement.type === "ExportAllDeclaration" && statement.exported) {
      const namespace = statement.exported.name;
      found.push(
        ...exportsOf(sourceOf(file, from)).map((entry) => ({ ...entry, name: `${namespace}.${entry.name}` })),
      );
    } else if (statement.type === "ExportAllDeclaration") {
      found.push(...exportsOf(sourceOf(file, from)));
    } else if (statement.type === "ExportNamedDeclaration" && statement.declaration) {
      const { declaration } = statement;
      const names = declaration.declarations?.map(({ id }) => id.name) ?? [declaration.id.name];
      for (const name of names) {
        // The overloads of a function are declarations of one name.
        const known = found.find((entry) => entry.name === name && entry.file === file);
        if (known) known.statements.push(statement);
        else found.push({ name, local: name, file, statements: [statement] });
      }
    } else if (statement.type === "ExportNamedDeclaration" && from) {
      const available = exportsOf(sourceOf(file, from));
      for (const { local, exported } of statement.specifiers) {
        const entry = available.find(({ name }) => name === local.name);
        if (!entry) throw new Error(`${file}: ${from} exports no ${local.name}`);
        found.push({ ...entry, name: exported.name });
      }
    } else if (statement.type === "ExportNamedDeclaration" && statement.specifiers.length > 0) {
      throw new Error(
        `${file}: export declarations where they stand, so that the reference finds their comments`,
      );
    }
  }
  return found;
}

/** The text of the comment that ends where `node` begins, or undefined. */
function commentOf({ text, comments }, node) {
  const comment = comments.findLast(({ end }) => end <= node.start);
  if (comment?.type !== "Block" || !comment.value.startsWith("*")) return undefined;
  if (text.slice(comment.end, node.start).trim() !== "") return undefined;
  return comment.value
    .slice(1)
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** The text from `start` to `end`, moved left as far as all its lines allow. */
function cut({ text }, start, end) {
  const lines = text.slice(start, end).trimEnd().split("\n");
  const indents = lines
    .slice(1)
    .filter(Boolean)
    .map((line) => line.search(/\S/));
  const indent = Math.min(...indents, Number.POSITIVE_INFINITY);
  const closing = lines.length > 1 ? text.slice(0, start).split("\n").at(-1).search(/\S|$/) : 0;
  const by = Math.min(indent, closing);
  return [lines[0], ...lines.slice(1).map((line) => line.slice(by))].join("\n");
}

/** Everything of a function but its body. */
function headOf(module, from, { body, returnType, params }) {
  const end = returnType?.end ?? body?.start ?? params.at(-1)?.end;
  return cut(module, from, end);
}

/** The type of a member that is declared by its initial value alone. */
const inferredType = ({ typeAnnotation, value }) => (typeAnnotation ? "" : `: ${typeof value.value}`);

/** A class without private members and bodies. */
function classOf(module, node) {
  const members = node.body.body.filter(
    ({ key, accessibility }) => key?.type !== "PrivateIdentifier" && accessibility !== "private",
  );
  const lines = members.map((member) => {
    const comment = commentOf(module, member);
    const head =
      member.type === "MethodDefinition"
        ? headOf(module, member.start, member.value)
        : `${cut(module, member.start, member.typeAnnotation?.end ?? member.key.end)}${inferredType(member)}`;
    const note = comment ? `  /** ${comment.replaceAll("\n", " ")} */\n` : "";
    return `${note}  ${head.replaceAll("\n", "\n  ")};`;
  });
  return `${cut(module, node.start, node.body.start).trimEnd()} {\n${lines.join("\n")}\n}`;
}

/** A declaration as a reader of an editor's hover text sees it. */
function signatureOf(module, statement, name) {
  const { declaration } = statement;
  switch (declaration.type) {
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return headOf(module, declaration.start, declaration);
    case "ClassDeclaration":
      return classOf(module, declaration);
    case "VariableDeclaration": {
      const { id, init } = declaration.declarations.find((declarator) => declarator.id.name === name);
      if (id.typeAnnotation) return `const ${cut(module, id.start, id.typeAnnotation.end)}`;
      // A number or a list of names is its own type.
      if (["Literal", "TSAsExpression"].includes(init.type))
        return `const ${cut(module, id.start, init.end)}`;
      if (init.type !== "ArrowFunctionExpression") {
        throw new Error(`${module.file}: ${name} has neither a type nor a signature`);
      }
      const open = init.typeParameters?.start ?? init.start;
      return `function ${name}${headOf(module, open, init)}`;
    }
    default:
      return cut(module, declaration.start, declaration.end);
  }
}

const undocumented = [];

/**
 * Functions, constants and classes need a comment of their own; for a type, comments on its members do: "options of conv2d" would say
 * nothing that its name does not.
 */
function isDocumented(module, { declaration }, comment) {
  if (comment) return true;
  const members = declaration.body?.body ?? declaration.typeAnnotation?.members ?? [];
  return declaration.type.startsWith("TS") && members.some((member) => commentOf(module, member));
}

function sectionOf({ name, local, file, from, statements }) {
  if (from) return `### ${name}\n\nThat of \`${from}\`.\n`;
  const module = load(file);
  const comment = commentOf(module, statements[0]);
  const place = relative(root, file);
  if (!isDocumented(module, statements[0], comment)) undocumented.push(`${name} (${place})`);
  const declared = statements.map((statement) => signatureOf(module, statement, local));
  // The implementation behind overloads is not for the reader.
  const shown = declared.length > 1 ? declared.slice(0, -1) : declared;
  const link = `[${place}](../../${place})`;
  const code = `\`\`\`ts\n${shown.join("\n")}\n\`\`\``;
  return `${[`### ${name}`, code, comment, link].filter(Boolean).join("\n\n")}\n`;
}

/** The folder that an export is declared in, the heading it comes under. */
function headingOf({ file, from }, source) {
  if (from) return "from other packages";
  const folder = relative(source, dirname(file));
  return folder === "" ? "top level" : folder;
}

function pageOf(name) {
  const folder = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const parts = [
    `# ${manifest.name}\n\n${manifest.description}\n\nWritten by \`node scripts/api-reference.mjs\` from the comments in the sources.\n`,
  ];
  for (const [entry, conditions] of Object.entries(manifest.exports)) {
    const specifier = manifest.name + entry.slice(1);
    const all = exportsOf(join(folder, conditions["@clidim/source"]));
    const headings = [...new Set(all.map((found) => headingOf(found, join(folder, "src"))))].sort();
    for (const heading of headings) {
      const here = all.filter((found) => headingOf(found, join(folder, "src")) === heading);
      parts.push(`## ${specifier}: ${heading}\n`, ...here.map(sectionOf));
    }
  }
  return `${parts.join("\n").trimEnd()}\n`;
}

const check = process.argv.includes("--check");
const stale = [];
for (const name of packages) {
  const file = join(target, `${name}.md`);
  const page = pageOf(name);
  if (existsSync(file) && readFileSync(file, "utf8") === page) continue;
  stale.push(relative(root, file));
  if (check) continue;
  mkdirSync(target, { recursive: true });
  writeFileSync(file, page);
}
if (undocumented.length > 0) {
  console.error(`${undocumented.length} exports are undocumented:\n  ${undocumented.join("\n  ")}`);
  process.exitCode = 1;
}
if (check && stale.length > 0) {
  console.error(`Out of date, run node scripts/api-reference.mjs: ${stale.join(", ")}`);
  process.exitCode = 1;
}
