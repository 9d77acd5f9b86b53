import { doctor } from "@clidim/denoise/node";
import { Command } from "commander";
import { exitCodes } from "../exitCodes.js";
import { coloured, print, type Terminal } from "../terminal.js";

const marks = { ok: "ok", note: "note", failed: "FAILED" } as const;
const colours = { ok: "green", note: "yellow", failed: "red" } as const;

export function doctorCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return new Command("doctor")
    .description(
      "Check that training can run here: Node, the adapter, what it offers, and whether it computes correctly.",
    )
    .addHelpText(
      "after",
      `
Ends with exit code 1 when training could not run, and says what mends it.

Example:
  clidim doctor`,
    )
    .action(async () => {
      const { checks, ok } = await doctor();
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const { name, status, detail, mend } of checks) {
        print(
          terminal,
          `${coloured(terminal.out, colours[status], marks[status].padEnd(6))}  ${name.padEnd(width)}  ${detail}`,
        );
        if (mend) print(terminal, `${" ".repeat(8 + width + 2)}${mend}`);
      }
      print(terminal);
      print(terminal, ok ? "Training can run." : "Training cannot run until what failed is mended.");
      if (!ok) finish(exitCodes.unfit);
    });
}
