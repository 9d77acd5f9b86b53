/**
 * Tests the tests: makes small mistakes in code that needs no device (another operator, a number that is one off, a condition turned round), one at a time, and runs the tests of that file. A mistake that no test notices
 * survives, and is listed: either a test is missing, or the mistake changes nothing that matters. The working tree stays as it is.
 *
 *   node scripts/test-mutations.mjs [--mutants N] [--seed S]
 *
 * N mistakes (default 60) drawn from all, and S which ones (default random, and printed).
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { mutantsOf, mutated } from "./mutants.mjs";
import { Failure, root } from "./run-command.mjs";
import { seededOptions } from "./seeded-options.mjs";

/** Folders of code without a device, and without files to be written. */
const PURE = [
  ...["image", "metrics", "missing", "noise", "registration", "trust", "formats"].map(
    (name) => `imaging/src/${name}`,
  ),
  ...["data", "protocol", "step", "configuration"].map((name) => `denoise/src/${name}`),
  "clidim/src",
];

/** A mutant may take so many times as long as the file without mistakes, and this long in any case. */
const SLOWER = 10;
const LEAST_MS = 60_000;

/** It has to be there by then. */
const START_MS = 300_000;

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)));

/** The tests of a source file: those of its name, and those that import it. */
function testsOf(source, tests) {
  const name = basename(source, ".ts");
  const imported = new RegExp(`/${name}\\.js"`);
  return tests
    .filter(({ path, text }) => basename(path) === `${name}.test.ts` || imported.test(text))
    .map(({ path }) => path);
}

/** All mistakes in files that have tests of their own. */
function allMutants() {
  const tests = ["imaging", "denoise", "clidim"].flatMap((name) =>
    filesBelow(`packages/${name}/test`)
      .filter((path) => path.endsWith(".test.ts"))
      .map((path) => ({ package: name, path, text: readFileSync(join(root, path), "utf8") })),
  );
  return PURE.flatMap((folder) => filesBelow(`packages/${folder}`))
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => {
      const own = testsOf(
        path,
        tests.filter((test) => path.startsWith(`packages/${test.package}/`)),
      );
      if (own.length === 0) return [];
      return mutantsOf(path, readFileSync(join(root, path), "utf8")).map((mutant) => ({
        ...mutant,
        tests: own,
      }));
    });
}

/** So many of them, by the seed (mulberry32), those of a file behind one another. */
function drawn(mutants, amount, seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const left = [...mutants];
  const taken = [];
  while (taken.length < amount && left.length > 0)
    taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken.sort((a, b) => (a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1));
}

let worker;

/** What the tests say of a text in place of a file's: "passed", "failed", also where the process ends without an answer, or "stuck" where there is none in time. */
async function outcomeOf(path, text, tests, longestMs) {
  if (!worker) {
    worker = fork(fileURLToPath(new URL("mutation-worker.mjs", import.meta.url)), {
      cwd: root,
      detached: true, // a group, which its own processes are in
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    await once(worker, "message", { signal: AbortSignal.timeout(START_MS) });
  }
  worker.send({ file: join(root, path), text, tests });
  const own = worker;
  const timer = new AbortController();
  let late = false;
  const timeout = setTimeout(() => {
    late = true;
    timer.abort();
  }, longestMs);
  own.once("exit", () => timer.abort());
  try {
    const [answer] = await once(own, "message", { signal: timer.signal });
    if (!answer.ran) throw new Failure(`${tests.join(", ")}: no test was run`);
    return answer.passed ? "passed" : "failed";
  } catch (error) {
    if (error instanceof Failure) throw error;
    stop();
    return late ? "stuck" : "failed";
  } finally {
    clearTimeout(timeout);
  }
}

function stop() {
  const own = worker;
  worker = undefined;
  if (!own) return;
  try {
    process.kill(-own.pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (error.code !== "ESRCH") throw error;
  }
}

process.on("exit", stop);
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

try {
  const { amount, seed } = seededOptions("test-mutations.mjs", "mutants", 60);
  const all = allMutants();
  const mutants = drawn(all, amount, seed);
  console.log(`${mutants.length} of ${all.length} mistakes; --seed ${seed} makes the same ones`);
  const survivors = [];
  let stuck = 0;
  let file;
  for (const mutant of mutants) {
    const { path, line, from, to, tests } = mutant;
    const text = readFileSync(join(root, path), "utf8");
    if (file?.path !== path) {
      const began = performance.now();
      const outcome = await outcomeOf(path, text, tests, 20 * LEAST_MS);
      if (outcome !== "passed")
        throw new Failure(`${path}: its tests do not pass without a mistake (${tests.join(", ")})`);
      file = { path, longestMs: Math.max(LEAST_MS, SLOWER * (performance.now() - began)) };
    }
    const outcome = await outcomeOf(path, mutated(text, mutant), tests, file.longestMs);
    if (outcome === "stuck") stuck++;
    const words = `${relative(root, join(root, path))}:${line}  ${from.replaceAll(/\s+/g, " ")} -> ${to.replaceAll(/\s+/g, " ") || "nothing"}`;
    console.log(`${outcome === "passed" ? "SURVIVED" : "noticed "}  ${words}`);
    if (outcome === "passed") survivors.push(words);
  }
  console.log(
    `\n${mutants.length - survivors.length} of ${mutants.length} mistakes were noticed (${stuck} by running for ever).`,
  );
  for (const words of survivors) console.log(`  ${words}`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
} finally {
  stop();
}
