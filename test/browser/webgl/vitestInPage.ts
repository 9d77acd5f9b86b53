/**
 * What suites use of Vitest, in a page: bundles have it in place of `vitest`. Suites are collected as they are imported, and run by `runSuites`, one test after the other.
 */
import {
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "virtual:vitest-matchers";

type Work = (...row: readonly unknown[]) => unknown;
type Define = (name: string, work: Work) => void;
type DefineEach = (rows: readonly unknown[]) => Define;

interface Suite {
  readonly name: string;
  readonly before: Work[];
  readonly after: Work[];
  readonly tests: { readonly name: string; readonly work: Work }[];
}

/** What a run of all suites came to. */
export interface Ran {
  readonly tests: readonly string[];
  readonly failures: readonly { readonly test: string; readonly message: string }[];
}

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
export const { expect } = chai;
setState({ assertionCalls: 0 }, expect);
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });

const newSuite = (name: string): Suite => ({ name, before: [], after: [], tests: [] });
const suites: Suite[] = [newSuite("")];
let open = suites[0]!;

const describeOne: Define = (name, work) => {
  const outer = open;
  open = newSuite(outer.name === "" ? name : `${outer.name} > ${name}`);
  suites.push(open);
  work();
  open = outer;
};
const itOne: Define = (name, work) => void open.tests.push({ name, work });

/** `each`, whose rows are lists of arguments, or the one argument. */
const eachOf =
  (define: Define): DefineEach =>
  (rows) =>
  (name, work) => {
    for (const row of rows) {
      const values: readonly unknown[] = Array.isArray(row) ? row : [row];
      define(`${name} (${String(values[0])})`, () => work(...values));
    }
  };

export const describe: Define & { readonly each: DefineEach } = Object.assign(describeOne, {
  each: eachOf(describeOne),
});
export const it: Define & { readonly each: DefineEach } = Object.assign(itOne, { each: eachOf(itOne) });
export const test: typeof it = it;
export const beforeAll = (work: Work): void => void open.before.push(work);
export const afterAll = (work: Work): void => void open.after.push(work);

/** Runs what was collected. */
export async function runSuites(): Promise<Ran> {
  const tests: string[] = [];
  const failures: { readonly test: string; readonly message: string }[] = [];
  const run = async (name: string, work: Work): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push({ test: name, message: (error as Error).message });
    }
  };
  for (const suite of suites.splice(0)) {
    for (const work of suite.before) await run(`before ${suite.name}`, work);
    for (const { name, work } of suite.tests) {
      tests.push(`${suite.name} > ${name}`);
      await run(`${suite.name} > ${name}`, work);
    }
    for (const work of suite.after) await run(`after ${suite.name}`, work);
  }
  return { tests, failures };
}
