import { type DoctorCheck, doctor } from "@clidim/denoise/node";
import { Command } from "commander";
import { exitCodes } from "../exitCodes.js";
import { present } from "../results.js";
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
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { checks, ok } = await doctor();
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const check of checks) {
        present(terminal, json, "check", check, () => printCheck(terminal, check, width));
      }
      present(terminal, json, "doctor", { ok }, () => {
        print(terminal);
        print(terminal, ok ? "Training can run." : "Training cannot run until what failed is mended.");
      });
      if (!ok) finish(exitCodes.unfit);
    });
}

function printCheck(terminal: Terminal, { name, status, detail, mend }: DoctorCheck, width: number): void {
  print(
    terminal,
    `${coloured(terminal.out, colours[status], marks[status].padEnd(6))}  ${name.padEnd(width)}  ${detail}`,
  );
  if (mend) print(terminal, `${" ".repeat(8 + width + 2)}${mend}`);
}
