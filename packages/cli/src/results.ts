import { asciiJson } from "@clidim/batch";
import type { Command } from "commander";
import type { Terminal } from "./terminal.js";

/** Adds --json to a command that prints results. */
export function addJsonOption(command: Command): Command {
  return command.option("--json", "print results as JSON, one object a line; an infinite number is null");
}

/** Prints a result: as a line of JSON that says of what type it is, or as `show` prints it for people. */
export function present(
  terminal: Terminal,
  json: boolean,
  type: string,
  result: object,
  show: () => void,
): void {
  if (json) terminal.out.write(`${asciiJson({ type, ...result })}\n`);
  else show();
}
