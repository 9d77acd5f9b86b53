import { describeMethod, type MethodDescription, type MethodRegistry } from "@clidim/denoise";
import { Command } from "commander";
import { present } from "../results.js";
import { columnsOf, print, type Terminal } from "../terminal.js";
import { wrapped } from "../wrapped.js";

export function methodsCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("methods")
    .description(
      "List the denoising methods: what each needs and gives, when to take it, what it cannot do, what its presets are for.",
    )
    .addHelpText(
      "after",
      `
Time is that to the first result, a page of 512 x 512 pixels, on two cores without a GPU: with the training, by the method's first preset, which is the default.
The page docs/methods.md leads from images to a method.

Examples:
  clidim methods
  clidim methods --json
  clidim train --method ${methods.trained[0]!.name} --noisy fov*.tif --clean average --out model
  clidim denoise --method ${methods.classical[0]!.name} --out denoised new*.tif`,
    )
    .action(({ json = false }: { readonly json?: boolean }) => {
      const described = methods.all.map(describeMethod);
      const blocks = methodBlocks(described, columnsOf(terminal.out));
      if (!json) for (const line of blocks.header) print(terminal, line);
      for (const [i, description] of described.entries()) {
        present(terminal, json, "method", description, () => {
          for (const line of blocks.methods[i]!) print(terminal, line);
        });
      }
    });
}

/** Widest column of what a method needs, and of what it gives: both fit beside names and times on 100 columns. */
const CELL = 32;

/** The table: for each method a row, and below it its summary, where to take it, what it cannot do and what its presets are for, broken at the width of the terminal. */
function methodBlocks(
  described: readonly MethodDescription[],
  columns: number,
): { readonly header: readonly string[]; readonly methods: readonly (readonly string[])[] } {
  const cells = ({ name, needs, gives, time }: MethodDescription): string[][] => [
    [name],
    wrapped(needs, CELL),
    wrapped(["the image", ...gives].join("; "), CELL),
    [time],
  ];
  const header = [["METHOD"], ["NEEDS"], ["GIVES"], ["TIME"]];
  const rows = described.map(cells);
  const widths = header.map((_, i) =>
    Math.max(...[header, ...rows].flatMap((row) => row[i]!.map((line) => line.length))),
  );
  const lines = (row: readonly (readonly string[])[]): string[] =>
    Array.from({ length: Math.max(...row.map((cell) => cell.length)) }, (_, line) =>
      row
        .map((cell, i) => (cell[line] ?? "").padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    );
  const indent = " ".repeat(widths[0]! + 2);
  const below = ({ title, summary, when, cannot, presets }: MethodDescription): string[] =>
    [
      `${title}: ${summary}`,
      `Take it where ${when}.`,
      `It cannot ${cannot}.`,
      ...presets.map(({ name, description }) => `--preset ${name}: ${description}`),
    ].flatMap((sentence) =>
      wrapped(sentence, Math.max(CELL, columns - indent.length)).map((line) => `${indent}${line}`),
    );
  return {
    header: lines(header),
    methods: rows.map((row, i) => [...lines(row), ...below(described[i]!), ""]),
  };
}
