import { parseArgs } from "node:util";
import { Failure } from "./run-command.mjs";

/** What a suite that runs for as long as wanted is given: how much, by an option of this name (at least 1), and the seed of its cases, random where none is said. */
export function seededOptions(script, name, usual) {
  const given = parsed(script, name);
  return {
    amount: whole(name, given[name] ?? String(usual), 1),
    seed: whole("seed", given.seed ?? String(Math.floor(Math.random() * 2 ** 31)), 0),
  };
}

function parsed(script, name) {
  try {
    return parseArgs({ options: { [name]: { type: "string" }, seed: { type: "string" } } }).values;
  } catch (error) {
    throw new Failure(`${error.message}\nUsage: node scripts/${script} [--${name} N] [--seed S]`);
  }
}

function whole(name, text, minimum) {
  const maximum = 2 ** 31 - 1;
  if (/^\d{1,10}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text);
  throw new Failure(`--${name} must be a whole number from ${minimum} to ${maximum}, got "${text}"`);
}
