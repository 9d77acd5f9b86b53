import type { Method, MethodRegistry } from "@clidim/denoise";
import { Command } from "commander";
import { present } from "../results.js";
import { print, type Terminal } from "../terminal.js";

export function methodsCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("methods")
    .description("List the denoising methods: names, what they need, what they do.")
    .addHelpText(
      "after",
      `
Examples:
  clidim methods
  clidim train --method ${methods.trained[0]!.name} --noisy fov*.tif --clean average --out model
  clidim denoise --method ${methods.classical[0]!.name} --out denoised new*.tif`,
    )
    .action(({ json = false }: { readonly json?: boolean }) => {
      const lines = methodsText(methods.all);
      for (const [i, method] of methods.all.entries()) {
        const { name, title, summary, kind } = method;
        const target = method.kind === "trained" ? { target: method.target } : {};
        present(terminal, json, "method", { name, title, kind, ...target, summary }, () => {
          for (const line of lines[i]!) print(terminal, line);
        });
      }
    });
}

/** For each method a line with its name, its title and what it needs, and one with its summary below. */
function methodsText(all: readonly Method[]): string[][] {
  const rows = all.map((method) => [method.name, method.title, needs(method)] as const);
  const [names, titles] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([name, title, need], i) => [
    `${name.padEnd(names!)}  ${title.padEnd(titles!)}  ${need}`,
    `${" ".repeat(names!)}  ${all[i]!.summary}`,
  ]);
}

function needs(method: Method): string {
  if (method.kind === "classical") return "nothing to train: clidim denoise --method";
  switch (method.target) {
    case "clean":
      return "trained on noisy images with clean ones of the same scenes";
    case "capture":
      return "trained on pairs of noisy images of the same scenes";
    case "none":
      return "trained on noisy images only";
    default:
      throw new Error(`methods: unknown target ${method.target satisfies never}`);
  }
}
