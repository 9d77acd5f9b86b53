/**
 * What the suites take from vitest, on Node's own test runner, so that they run where nothing is installed. The matchers and spies are vitest's.
 */
import { after, before, afterEach as nodeAfterEach, describe as nodeDescribe, it as nodeIt } from "node:test";
import { format } from "node:util";
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { spyOn } from "@vitest/spy";
import * as chai from "chai";

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
export const { expect } = chai;
Object.assign(expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
setState({ assertionCalls: 0 }, expect);

export const vi = { spyOn };

/** Types are the compiler's matter. */
const types = new Proxy(() => types, { get: () => types });
export const expectTypeOf = () => types;

export const beforeAll = before;
export const afterAll = after;
export const afterEach = nodeAfterEach;

const runIt = (name, f, timeout) => nodeIt(name, { timeout }, () => f());
const runDescribe = (name, f) => nodeDescribe(name, () => f());

/** `each` fills printf's signs and `$member` into the name. */
const withEach = (run) =>
  Object.assign(run, {
    each: (cases) => (name, f, timeout) => {
      cases.forEach((given, index) => {
        const values = Array.isArray(given) ? given : [given];
        const filled = name
          .replaceAll("%#", index)
          .replace(/\$(\w+)/g, (sign, member) => values[0]?.[member] ?? sign);
        const signs = filled.match(/%[sdifjoO]/g)?.length ?? 0;
        run(format(filled, ...values.slice(0, signs)), () => f(...values), timeout);
      });
    },
  });

export const it = withEach(runIt);
export const test = it;
export const describe = withEach(runDescribe);
