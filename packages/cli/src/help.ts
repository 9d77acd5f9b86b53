import { type Command, Help } from "commander";
import { columnsOf, type Terminal } from "./terminal.js";
import { wrapped } from "./wrapped.js";

/** Columns of what stands before descriptions, at most: a longer flag has its description below. */
const TERM_COLUMNS = 26;
const GAP = "  ";

/** Help that fits into the terminal: nothing is broken within words. */
class FittingHelp extends Help {
  override padWidth(command: Command, helper: Help): number {
    return Math.min(super.padWidth(command, helper), TERM_COLUMNS);
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    const width = this.helpWidth ?? 80;
    const [before, after] = [GAP, `${GAP}${" ".repeat(termWidth)}${GAP}`];
    const lines = wrapped(description, width - after.length);
    const [first = "", ...others] = lines;
    const below = helper.displayWidth(term) > termWidth;
    return [
      below ? `${before}${term}` : `${before}${term.padEnd(termWidth)}${GAP}${first}`.trimEnd(),
      ...(below ? lines : others).map((line) => `${after}${line}`),
    ].join("\n");
  }
}

/** Makes what a command prints fit into the terminal that it prints to. */
export function fitHelp(command: Command, terminal: Terminal): void {
  const width = columnsOf(terminal.out);
  command.createHelp = () => Object.assign(new FittingHelp(), command.configureHelp());
  command.configureOutput({
    getOutHelpWidth: () => width,
    getErrHelpWidth: () => columnsOf(terminal.err),
    writeOut: (text) => terminal.out.write(reflowed(text, width)),
  });
}

/** A text whose paragraphs fit: those with a line that is too long are broken anew, examples too; other lines that are indented stay as they are. */
export function reflowed(text: string, width: number): string {
  const paragraphs: string[][] = [];
  let open = false;
  for (const line of text.split("\n")) {
    const prose = /^\S/.test(line);
    if (prose && open) paragraphs.at(-1)!.push(line);
    else paragraphs.push([line]);
    // What a line with a colon at its end announces begins anew.
    open = prose && !line.endsWith(":");
  }
  return paragraphs
    .flatMap((lines) => {
      if (lines.every((line) => line.length <= width)) return lines;
      if (/^ {2}clidim /.test(lines[0]!)) return continued(lines[0]!, width);
      return /^\S/.test(lines[0]!) ? wrapped(lines.join(" "), width) : lines;
    })
    .join("\n");
}

/** A command over several lines, as shells take it. */
function continued(command: string, width: number): string[] {
  const lines = wrapped(command.trim(), width - 8);
  return lines.map((line, i) => `${i === 0 ? "  " : "      "}${line}${i < lines.length - 1 ? " \\" : ""}`);
}

/** `help batch plan` as `batch plan --help`: commander itself reads one word behind `help`. What is behind the last command is left to it as an unknown one. */
export function helpOfWords(program: Command, args: readonly string[]): readonly string[] {
  const [help, ...words] = args;
  if (help !== "help" || words.length === 0 || words.some((word) => word.startsWith("-"))) return args;
  let command = program;
  for (const [i, word] of words.entries()) {
    const known = command.commands.find((one) => one.name() === word);
    if (known) command = known;
    else if (command.commands.length > 0) return words.slice(0, i + 1);
    else command.error(`error: unknown command '${word}'`, { code: "commander.unknownCommand" });
  }
  return [...words, "--help"];
}

/**
 * Says that an option is unknown before it says that another is missing, which is what commander looks for first: `--nosiy a.tif` is a misspelt `--noisy`. Where what looks like an option is the value of one
 * (`--clean --averag`), none is unknown, and the missing one is said before the command does anything.
 */
export function unknownOptionsFirst(program: Command, args: readonly string[]): void {
  const outer = program.commands.find((known) => known.name() === args[0]);
  const command = outer?.commands.find((known) => known.name() === args[1]) ?? outer;
  if (!command) return;
  const end = args.indexOf("--");
  const flags = args.slice(1, end === -1 ? undefined : end).flatMap((arg) => /^--[^=\s]+/.exec(arg) ?? []);
  if (
    flags.every(
      (flag) =>
        flag === "--help" || command.options.some(({ long, short }) => long === flag || short === flag),
    )
  )
    return;
  const required = command.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.mandatory = false;
  command.hook("preAction", () => {
    const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (!missing) return;
    command.error(`error: required option '${missing.flags}' not specified`, {
      code: "commander.missingMandatoryOptionValue",
    });
  });
}
