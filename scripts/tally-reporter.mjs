import { writeFileSync } from "node:fs";

/** A vitest reporter that counts: failed are failed tests, files and suites with errors, and stray errors. Of skipped tests it tells names and reasons, of files the seconds, from the longest. */
export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({ name: test.fullName, ...test.result() })),
    );
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const count = (state) => tests.filter((test) => test.state === state).length;
    const tally = {
      passed: count("passed"),
      failed:
        count("failed") + suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length,
      skipped: tests
        .filter(({ state }) => state === "skipped")
        .map(({ name, note }) => (note ? `${name}: ${note}` : name)),
      files: modules
        .map((module) => ({ path: module.relativeModuleId, seconds: secondsOf(module.diagnostic()) }))
        .sort((a, b) => b.seconds - a.seconds),
    };
    if (process.env.CLIDIM_TALLY) writeFileSync(process.env.CLIDIM_TALLY, JSON.stringify(tally));
  }
}

/** Of loading a file and running it. */
const secondsOf = ({ setupDuration, collectDuration, duration }) =>
  (setupDuration + collectDuration + duration) / 1000;
