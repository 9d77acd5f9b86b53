import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

/** What a command line ends with and prints. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  const code = await main(args, terminal);
  return { code, ...printed };
}
