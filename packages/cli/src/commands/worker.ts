import { serveJobs, servesAnother } from "@clidim/batch";
import type { MethodRegistry } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { Command } from "commander";
import type { Terminal } from "../terminal.js";

export function workerCommand(_terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("worker").description("Do the jobs of batches as they come.").action(async () => {
    if (!servesAnother()) throw new InputError("worker: started by clidim batch run");
    await serveJobs(methods);
  });
}
