import type { MethodRegistry } from "@clidim/denoise";
import { Command } from "commander";
import { addAdapterOption } from "../../adapterOption.js";
import { addJsonOption } from "../../results.js";
import type { Terminal } from "../../terminal.js";
import { planCommand } from "./plan.js";
import { runCommand } from "./run.js";
import { statusCommand } from "./status.js";
import { summaryCommand } from "./summary.js";

export function batchCommand(
  terminal: Terminal,
  methods: MethodRegistry,
  finish: (code: number) => void,
): Command {
  return new Command("batch")
    .description("Denoise thousands of images, so that none is lost and none is done twice.")
    .addCommand(planCommand(terminal, methods))
    .addCommand(addAdapterOption(addJsonOption(runCommand(terminal, finish))))
    .addCommand(addJsonOption(statusCommand(terminal)))
    .addCommand(addJsonOption(summaryCommand(terminal)));
}
