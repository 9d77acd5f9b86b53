import { bunLibc, cString } from "./bunLibc.node.js";

/**
 * Sets a variable of the environment for native libraries too. In Bun, `process.env` is an object of its own, which they do not see: there C's own function is called.
 */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
  bunLibc()?.setenv(cString(name), cString(value), 1);
}
