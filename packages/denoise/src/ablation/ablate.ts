import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { castImage, InputError, SMALLEST_ASSESSED, sizeText } from "@clidim/imaging";
import { atomicWrite, entriesOf, makeFolder, readTextFile, writeImageFile } from "@clidim/imaging/node";
import type { PairCheckOptions } from "../data/pairs/checkPairs.js";
import { type AppliedClassical, applyClassical } from "../evaluation/applyClassical.js";
import type { MethodThreads } from "../inference/methodThreads.js";
import { isPlain } from "../protocol/configurationSpace.js";
import { methodId } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { framesOf } from "../protocol/runConfiguration.js";
import { checkAblationFolder } from "../training/outputFolder.js";
import type { TrainHooks, TrainingProgress } from "../training/trainHooks.js";
import { type AblationData, type AblationFile, parseAblation, selectionOf } from "./ablationFile.js";
import { checkApart } from "./checkApart.js";
import { checkTraining } from "./checkTraining.js";
import { type Cost, MemoryWatch } from "./cost.js";
import { resultsCsv } from "./csv.js";
import { type DataSetFiles, hashDataSets } from "./dataFiles.js";
import { expandedData } from "./expandedData.js";
import { type AblationRun, ablationGrid } from "./grid.js";
import { measure } from "./measure.js";
import { ablationReport } from "./report.js";
import { classicalResult, readResult, writeResult } from "./results.js";
import {
  type AblationTable,
  ablationTable,
  type FinishedClassical,
  type FinishedRun,
  tablesMarkdown,
} from "./table.js";
import { readTestPages, type TestPages } from "./testPages.js";
import { gridSecondsLeft } from "./timeLeft.js";
import { earlierResult, resultPath, shownPath, trainAndTest } from "./trainAndTest.js";

export interface AblateOptions {
  /** The methods that there are: variants may be of any trained one, and classical ones are compared with. */
  readonly methods: MethodRegistry;
  /** The ablation file, see `AblationFile`. */
  readonly config: string;
  /** The folder for the runs and the results. One that holds an ablation goes on with it. */
  readonly out: string;
  /** The folder that the file's image paths start from. Default: that of the file. */
  readonly data?: string | undefined;
  /** Takes pairs that do not belong together as well, see `checkPairs`. Default false. */
  readonly force?: boolean;
  /** Where methods that are not trained do their work, several pages at once; default: in the calling thread. The results are the same. */
  readonly threads?: MethodThreads;
}

export interface AblateHooks {
  /** Aborting it stops after the update or the tile of a test page at hand; everything is saved and the function rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** What comes next, in a sentence. */
  readonly onPhase?: (sentence: string) => void;
  readonly onRun?: (run: AblationRun, position: number, total: number) => void;
  readonly onStart?: TrainHooks["onStart"];
  /** `secondsLeft` of all runs together. */
  readonly onProgress?: (progress: TrainingProgress, secondsLeft: number | undefined) => void;
  /** How many test pages the run at work has denoised, in parts. */
  readonly onTest?: (pages: number, total: number) => void;
  readonly onFinished?: (finished: FinishedRun) => void;
  readonly onWarning?: (sentence: string) => void;
}

/** The results of an ablation and where they are. */
export interface AblationOutcome {
  readonly tables: readonly AblationTable[];
  readonly csv: string;
  readonly markdown: string;
  readonly report: string;
}

/**
 * Trains and tests every variant of an ablation file on each of its data sets with each number of shots and each seed, and compares them with each other and with classical methods.
 * Writes results.csv, results.md and report.html to `out`, anew after each run, and the run's own files to `runs`.
 *
 * A finished run is not done again, and one that was stopped goes on from its checkpoint. Test pages are looked at once per run, after its model was chosen, unless
 * `selection` is "as-released".
 *
 * `InputError`s before anything is written: a file that cannot be (see `parseAblation`), test pages under 32 x 32 pixels or with pixels that are trained on, training images
 * that do not allow what is asked of them or do not belong together (see `checkPairs`), an `out` that holds something else or results of an ablation that was another one; later those of `train`.
 */
export async function ablate(
  { methods, config, out, data: dataFolder = dirname(config), force = false, threads }: AblateOptions,
  hooks: AblateHooks = {},
): Promise<AblationOutcome> {
  const written = parseAblation(await readTextFile(config), config);
  const sets: AblationData[] = [];
  for (const set of written.data) sets.push(await expandedData(set, dataFolder));
  const file = { ...written, data: sets };
  const runs = ablationGrid(file, methods);
  await checkAblationFolder(out);
  const { onWarning, signal } = hooks;
  const checks = { force, ...(onWarning && { onWarning }), signal };
  const files = await hashDataSets(file.data, dataFolder);
  for (const run of runs) checkApart(run, files.get(run.data)!, dataFolder);
  const tests = new Map<AblationData, TestPages>();
  const frames = framesOfRuns(runs);
  for (const data of file.data) tests.set(data, await readChecked(data, dataFolder, checks, frames));
  const progress = new Ablation(file, out, rowsOf(methods, threads), tests, files, frames);
  for (const run of runs) {
    const result = await earlierResult(run, files.get(run.data)!, out);
    if (result) progress.finished.push({ run, result });
  }
  await progress.readClassical();
  const done = new Set(progress.finished.map(({ run }) => run));
  const open = runs.filter((run) => !done.has(run));
  await checkTraining(open, dataFolder, checks);
  await makeFolder(out);
  await atomicWrite(join(out, "ablation.json"), `${JSON.stringify(file, null, 2)}\n`);

  const earlier = progress.finished.length;
  if (earlier > 0) hooks.onPhase?.(`${earlier} of ${runs.length} runs are done already`);
  for (const data of file.data) await progress.classicalOf(data, false, hooks);
  await progress.write();
  for (const [i, run] of open.entries()) {
    hooks.signal?.throwIfAborted();
    hooks.onRun?.(run, runs.indexOf(run) + 1, runs.length);
    const places = { out, data: dataFolder, methods };
    const result = await trainAndTest(run, files.get(run.data)!, places, async () => tests.get(run.data)!, {
      ...(hooks.signal && { signal: hooks.signal }),
      ...(hooks.onStart && { onStart: hooks.onStart }),
      ...(hooks.onWarning && { onWarning: hooks.onWarning }),
      ...(hooks.onTest && { onTest: hooks.onTest }),
      onProgress: (now) =>
        hooks.onProgress?.(now, gridSecondsLeft(run, now, open.slice(i + 1), progress.finished)),
    });
    if (!result) break;
    progress.finished.push({ run, result });
    await progress.write();
    hooks.onFinished?.({ run, result });
  }
  hooks.signal?.throwIfAborted();
  if (file.baselines) {
    for (const data of file.data) {
      await progress.classicalOf(data, true, hooks);
      await progress.write();
    }
  }
  return progress.outcome();
}

/** A row of the tables above the variants: the noisy pages or a classical method. */
interface ClassicalRow {
  /** As the tables have it. */
  readonly title: string;
  /** Of its folder. */
  readonly name: string;
  /** `name@version` of a method, where its results name it: those of first versions, of a time when there was no other, do not. */
  readonly id: string | undefined;
  readonly slow: boolean;
  /** The parameters, chosen by looking at the clean pages, in words; null where there are none to choose. */
  apply(
    pages: TestPages["pages"],
    signal: AbortSignal | undefined,
  ): Promise<Pick<AppliedClassical, "predictions"> & { readonly chosen: string | null }>;
}

function rowsOf({ classical }: MethodRegistry, threads: MethodThreads | undefined): ClassicalRow[] {
  const noisy: ClassicalRow = {
    title: "noisy",
    name: "noisy",
    id: undefined,
    slow: false,
    apply: async (pages) => ({ chosen: null, predictions: pages.map((page) => page.noisy) }),
  };
  return [
    noisy,
    ...classical.map((method) => ({
      title: method.title,
      name: method.name,
      id: method.version === 1 ? undefined : methodId(method),
      slow: method.slow,
      apply: (pages: TestPages["pages"], signal: AbortSignal | undefined) =>
        applyClassical(method, pages, { signal, threads }),
    })),
  ];
}

/** A row applied to test pages, with what that took where there was anything to do. */
async function applied(
  row: ClassicalRow,
  pages: TestPages["pages"],
  signal: AbortSignal | undefined,
): Promise<Awaited<ReturnType<ClassicalRow["apply"]>> & { readonly cost?: Cost }> {
  const memory = new MemoryWatch();
  try {
    const start = performance.now();
    const result = await row.apply(pages, signal);
    if (result.chosen === null) return result;
    return { ...result, cost: { testSeconds: (performance.now() - start) / 1000, ...memory.stop() } };
  } finally {
    memory.stop();
  }
}

/** What is done of an ablation, and its files. */
class Ablation {
  readonly finished: FinishedRun[] = [];
  readonly #classical: Map<string, FinishedClassical[]> = new Map();
  readonly #file: AblationFile;
  readonly #out: string;
  /** In the order of the table. */
  readonly #rows: readonly ClassicalRow[];
  readonly #tests: ReadonlyMap<AblationData, TestPages>;
  readonly #files: ReadonlyMap<AblationData, DataSetFiles>;
  /** Captures that networks see at once, whose mean classical methods are given. */
  readonly #frames: number;

  constructor(
    file: AblationFile,
    out: string,
    rows: readonly ClassicalRow[],
    tests: ReadonlyMap<AblationData, TestPages>,
    files: ReadonlyMap<AblationData, DataSetFiles>,
    frames: number,
  ) {
    this.#file = file;
    this.#out = out;
    this.#rows = rows;
    this.#tests = tests;
    this.#files = files;
    this.#frames = frames;
  }

  /** Reads the results of classical methods that were applied earlier. */
  async readClassical(): Promise<void> {
    for (const data of this.#file.data) {
      const found: FinishedClassical[] = [];
      for (const row of this.#rows) {
        if (row.slow && !this.#file.baselines) continue;
        const folder = this.#classicalFolder(data, row);
        if (row.id === undefined)
          await renameEarlier(join(dirname(folder), row.title.replaceAll(" ", "-")), folder);
        const result = await readResult(
          resultPath(folder),
          classicalResult,
          this.#classicalRequest(data, row),
          (stored) => (tellsSelection(stored, data) ? stored : undefined),
        );
        if (result) found.push({ method: row.title, folder, result });
      }
      this.#classical.set(data.name, found);
    }
  }

  /** Applies the quick or the slow classical methods to the test pages of a data set, those that are not done yet. */
  async classicalOf(data: AblationData, slow: boolean, { onPhase, signal }: AblateHooks): Promise<void> {
    const test = this.#tests.get(data)!;
    for (const row of this.#rows) {
      const { title } = row;
      const before = this.#classical.get(data.name) ?? [];
      if (row.slow !== slow || before.some((done) => done.method === title)) continue;
      signal?.throwIfAborted();
      onPhase?.(`${data.name}: ${title} on ${test.pages.length} test pages${slow ? " (minutes)" : ""}`);
      const { chosen, predictions, cost } = await applied(row, test.pages, signal);
      const folder = this.#classicalFolder(data, row);
      await makeFolder(folder);
      await writeImageFile(shownPath(folder), [castImage(predictions[test.shown]!, "float32")]);
      const format = { format: "clidim-ablation-classical", formatVersion: 1 } as const;
      const request = this.#classicalRequest(data, row);
      const result = { ...format, request, chosen, test: measure(predictions, test), ...(cost && { cost }) };
      await writeResult(resultPath(folder), result);
      const all = [...before, { method: title, folder, result }];
      const ordered = this.#rows.flatMap((other) => all.filter((done) => done.method === other.title));
      this.#classical.set(data.name, ordered);
    }
  }

  #classicalFolder(data: AblationData, { name }: ClassicalRow): string {
    return join(this.#out, "classical", data.name, name);
  }

  #classicalRequest(data: AblationData, { id }: ClassicalRow): unknown {
    return {
      ...(id !== undefined && { method: id }),
      test: data.test,
      ...selectionOf(data),
      ...(this.#frames > 1 && { frames: this.#frames }),
      peak: data.peak,
      files: this.#files.get(data)!.test,
    };
  }

  #tables(): AblationTable[] {
    const { data } = this.#file;
    return data.map((set) =>
      ablationTable(this.#file, set, this.finished, this.#classical.get(set.name) ?? []),
    );
  }

  #paths(): Omit<AblationOutcome, "tables"> {
    const at = (name: string): string => join(this.#out, name);
    return { csv: at("results.csv"), markdown: at("results.md"), report: at("report.html") };
  }

  async write(): Promise<void> {
    const { csv, markdown, report } = this.#paths();
    const tables = this.#tables();
    await atomicWrite(csv, resultsCsv(this.finished, this.#classical));
    await atomicWrite(markdown, tablesMarkdown(tables));
    await atomicWrite(
      report,
      await ablationReport({
        file: this.#file,
        out: this.#out,
        tables,
        finished: this.finished,
        classical: this.#classical,
        tests: this.#tests,
      }),
    );
  }

  outcome(): AblationOutcome {
    return { tables: this.#tables(), ...this.#paths() };
  }
}

/** Whether a request of a classical method tells which channel, slices and times it is of: those of first versions do not where a data set names any. */
function tellsSelection(request: unknown, { channel, z: depths, t: times }: AblationData): boolean {
  const named = channel !== undefined || depths !== undefined || times !== undefined;
  return !named || (isPlain(request) && ["channel", "z", "t"].some((key) => key in request));
}

/** Folders of classical results were called after titles once. */
async function renameEarlier(before: string, now: string): Promise<void> {
  if (before === now || (await entriesOf(now))) return;
  if (await entriesOf(before)) await rename(before, now);
}

/** How many captures the networks of all runs see at once: those of a table are tested on the same pages. */
function framesOfRuns(runs: readonly AblationRun[]): number {
  const [first = 1, ...others] = new Set(runs.map(({ configuration }) => framesOf(configuration)));
  if (others.length === 0) return first;
  throw new InputError(
    `the variants have ${[first, ...others].join(" and ")} frames, so that they cannot be tested on the same pages; make an ablation for each`,
    { keys: ["frames"] },
  );
}

async function readChecked(
  data: AblationData,
  folder: string,
  checks: PairCheckOptions,
  frames: number,
): Promise<TestPages> {
  const test = await readTestPages(data, folder, checks, frames);
  const small = test.pages.find(({ noisy }) => Math.min(noisy.width, noisy.height) < SMALLEST_ASSESSED);
  if (small) {
    throw new InputError(
      `${small.name} is ${sizeText(small.noisy)} pixels; expected test pages of at least ${SMALLEST_ASSESSED} x ${SMALLEST_ASSESSED}`,
    );
  }
  return test;
}
