import { asciiJson } from "@clidim/batch";
import { packageVersion } from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { DeviceError } from "@clidim/tensor";
import { type Command, CommanderError } from "commander";
import { exitCodes } from "./exitCodes.js";
import { Interruption } from "./interruption.js";
import { coloured, note, type Terminal } from "./terminal.js";

/** What errors begin with. */
export function programName({ err }: Terminal): string {
  return coloured(err, "red", "clidim:");
}

/**
 * Says what went wrong, as briefly as it can be said, and returns what the process ends with. With `json`, the output gets an object of it, too: its only line where nothing was done. `command` is the one that was at work,
 * where one was.
 */
export function reportFailure(
  terminal: Terminal,
  error: unknown,
  environment: NodeJS.ProcessEnv = process.env,
  json = false,
  command?: Command,
): number {
  if (json && !(error instanceof CommanderError && error.exitCode === 0)) {
    terminal.out.write(`${asciiJson({ type: "error", error: failureRecord(error) })}\n`);
  }
  if (error instanceof CommanderError) {
    // Help, the version and mistakes on the command line were printed already.
    return error.exitCode === 0 ? exitCodes.success : exitCodes.input;
  }
  if (error instanceof Interruption) return error.exitCode;
  const message = error instanceof Error ? error.message : String(error);
  const stack = environment.CLIDIM_DEBUG === "1" && error instanceof Error ? error.stack : undefined;
  const trace = (text: string): void => {
    for (const line of text.split("\n")) note(terminal, line);
  };
  // A device that is lost or out of memory says so, and what to do; the program is not at fault.
  if (error instanceof InputError || error instanceof DeviceError) {
    if (stack) trace(stack);
    else note(terminal, `${programName(terminal)} ${sentenceOf(error, command)}`);
    return exitCodes.input;
  }
  trace(stack ?? `${programName(terminal)} unexpected error: ${message}`);
  note(
    terminal,
    `This is a defect of clidim ${packageVersion(import.meta.url)} (Node ${process.versions.node}, ${process.platform}); please report it` +
      `${stack ? "." : " with what CLIDIM_DEBUG=1 prints in addition."}`,
  );
  return exitCodes.defect;
}

/** What --json says of a failure: names are those that programs know, exact whatever characters they have. */
function failureRecord(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError) return { message: message.replace(/^error: /, ""), keys: [] };
  if (!(error instanceof InputError)) return { message, keys: [] };
  const { keys, file } = error;
  return { message, keys, ...(file !== undefined && { file }) };
}

/** What an error says, with what the keys that it speaks of are called on the command line: of a command that can only turn something off, as that. */
export function sentenceOf(error: Error, command?: Command): string {
  if (!(error instanceof InputError) || error.keys.length === 0) return error.message;
  const flags = error.keys.map((key) => {
    const options = command?.options.filter((option) => option.attributeName() === key) ?? [];
    const off = options.length > 0 && options.every(({ negate }) => negate);
    return `--${off ? "no-" : ""}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  });
  return `${error.message} (${flags.join(", ")})`;
}
