import { writeFileSync } from "node:fs";

/** A vitest reporter that counts: failed are failed tests, files and suites with errors, and stray errors. */
export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const count = (state) => states.filter((found) => found === state).length;
    const tally = {
      passed: count("passed"),
      failed:
        count("failed") + suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length,
    };
    if (process.env.CLIDIM_TALLY) writeFileSync(process.env.CLIDIM_TALLY, JSON.stringify(tally));
  }
}
