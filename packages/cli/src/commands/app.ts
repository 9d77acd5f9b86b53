import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { interruptible } from "../interruption.js";
import { present } from "../results.js";
import { serveSite } from "../serveSite.js";
import { note, print, type Terminal } from "../terminal.js";

/** Always the same, so that a browser finds again what it has stored for the address. */
const PORT = 8712;

interface AppOptions {
  readonly port: number;
  readonly open: boolean;
  readonly json?: boolean;
}

export function appCommand(terminal: Terminal): Command {
  return new Command("app")
    .description("Open the app in the browser: look at images, denoise, train, take models and results away.")
    .option(
      "--port <n>",
      "where it is served; trainings that a browser has stored are found again at the same port, 0: any free one",
      port,
      PORT,
    )
    .option("--no-open", "print the address, and open no browser")
    .addHelpText(
      "after",
      `
Everything happens in the browser, on the GPU of this machine, or its processor: no file leaves it. The server answers to this machine alone, until Ctrl-C.

Examples:
  clidim app
  clidim app --no-open --port 9000`,
    )
    .action(async ({ port, open: opens, json = false }: AppOptions) => {
      const manifest = createRequire(import.meta.url).resolve("@clidim/app/package.json");
      const site = join(dirname(manifest), "dist");
      await interruptible(terminal, "the app is no longer served", async (signal) => {
        const { url, close } = await serveSite(site, port);
        try {
          present(terminal, json, "app", { url }, () =>
            print(terminal, `The app is at ${url} until Ctrl-C.`),
          );
          if (opens) await openBrowser(terminal, url);
          if (!signal.aborted) {
            await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          }
        } finally {
          await close();
        }
      });
    });
}

async function openBrowser(terminal: Terminal, url: string): Promise<void> {
  try {
    // Only here: what it loads would take a moment of every command.
    const { default: open } = await import("open");
    const browser = await open(url);
    // Without this a missing program would end the process.
    browser.once("error", () => note(terminal, `No browser could be started; open ${url} in one.`));
  } catch {
    note(terminal, `No browser could be started; open ${url} in one.`);
  }
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > 65535) {
    throw new InvalidArgumentError("Expected a whole number from 0 to 65535.");
  }
  return value;
}
