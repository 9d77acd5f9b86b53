import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test, vi } from "vitest";
import { type Job, jobId } from "../src/plan/job.js";
import { jobLine } from "../src/plan/jobsFile.js";
import { batchState, reviveDead } from "../src/run/batchState.js";
import { Journal, readJournals } from "../src/run/journal.js";
import { batchProgress } from "../src/summary/progress.js";
import { summarise } from "../src/summary/summary.js";
import { writeSummary } from "../src/summary/writeSummary.js";

const folder = temporaryFolder();

function job(out: string, name: string, method = "gaussian"): Job {
  const of: Omit<Job, "id"> = {
    format: "clidim-job",
    formatVersion: 1,
    input: { file: `/data/${name}`, bytes: 1 },
    out: join(folder, out),
    folder: "",
    output: name,
    pixels: 1e6,
    parameters: { method },
    methods: [`${method}@1`],
    files: [],
  };
  return { ...of, id: jobId(of) };
}

const done = (output: string) => ({ status: "done", output, pixels: 1e6, seconds: 2, attempt: 1 }) as const;
const failed = { status: "failed", error: "it ended", transient: true } as const;
const states = async (...jobs: Job[]): Promise<string[]> =>
  (await batchState(jobs)).map(({ status, failures }) => `${status} ${failures}`);

describe("the state of a job is what the journals of all processes say", () => {
  test("done, failed, given up, given another chance", async () => {
    const [a, b] = [job("one", "a.tif"), job("one", "b.tif")];
    const journals = [new Journal(), new Journal()] as const;
    expect(await states(a, b)).toEqual(["open 0", "open 0"]);
    await journals[0].add(a.out, { job: a.id, attempt: 1, ...failed });
    expect(await states(a, b)).toEqual(["open 1", "open 0"]);
    await journals[1].add(a.out, { job: a.id, attempt: 2, status: "dead", error: "no more" });
    writeFileSync(join(b.out, "b.tif"), "");
    await journals[0].add(b.out, { job: b.id, ...done("b.tif") });
    expect(await states(a, b)).toEqual(["dead 1", "done 0"]);
    expect(readdirSync(join(a.out, ".batch", "journal"))).toHaveLength(2);
    await reviveDead(await batchState([a, b]));
    expect(await states(a, b)).toEqual(["open 0", "done 0"]);
    // Of another folder of results nothing is known.
    expect(await states(job("two", "b.tif"))).toEqual(["open 0"]);
  });

  test("a result that is no more there is open again; half a line is none", async () => {
    const a = job("half", "a.tif");
    mkdirSync(a.out);
    writeFileSync(join(a.out, "a.tif"), "");
    await new Journal().add(a.out, { job: a.id, ...done("a.tif") });
    const journals = join(a.out, ".batch", "journal");
    for (const name of readdirSync(journals)) appendFileSync(join(journals, name), '{"job":"');
    expect(await states(a)).toEqual(["done 0"]);
    rmSync(join(a.out, "a.tif"));
    expect(await states(a)).toEqual(["open 0"]);
  });

  test("a result that another job has replaced is done of that one alone, until it is made anew", async () => {
    const [a, b] = [job("shared", "a.tif"), job("shared", "a.tif", "tv")];
    mkdirSync(a.out);
    writeFileSync(join(a.out, "a.tif"), "");
    const journal = new Journal();
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const { out, id } of [a, b, a]) {
      vi.setSystemTime(Date.now() + 1000);
      await journal.add(out, { job: id, ...done("a.tif") });
      expect(await states(a, b)).toEqual(id === a.id ? ["done 0", "open 0"] : ["open 0", "done 0"]);
    }
    vi.useRealTimers();
  });

  test("after a result is gone, attempts count anew, and the job may be given up", async () => {
    const a = job("gone", "a.tif");
    const journal = new Journal();
    await journal.add(a.out, { job: a.id, attempt: 1, ...failed });
    await journal.add(a.out, { job: a.id, ...done("a.tif"), attempt: 2 });
    expect(await states(a)).toEqual(["open 0"]);
    await journal.add(a.out, { job: a.id, attempt: 1, ...failed });
    expect(await states(a)).toEqual(["open 1"]);
    await journal.add(a.out, { job: a.id, attempt: 1, status: "dead", error: "no more" });
    expect(await batchState([a])).toMatchObject([{ status: "dead", failures: 1, error: "no more" }]);
    await reviveDead(await batchState([a]));
    expect(await states(a)).toEqual(["open 0"]);
  });
});

test("journals are read while they are written to", async () => {
  const { out, id } = job("busy", "a.tif");
  const journal = new Journal();
  await journal.add(out, { job: id, attempt: 1, ...failed });
  let reading = true;
  const writing = (async () => {
    for (let attempt = 2; reading; attempt++) await journal.add(out, { job: id, attempt, ...failed });
  })();
  let before = 1;
  for (let i = 0; i < 50; i++) {
    const { length } = await readJournals(out);
    expect(length).toBeGreaterThanOrEqual(before);
    before = length;
  }
  reading = false;
  await writing;
});

test("dead letters of other parts of a plan stay, as long as they are given up and nothing else has their place", async () => {
  const [a, b, c] = ["a.tif", "b.tif", "c.tif"].map((name) => job("parts", name)) as [Job, Job, Job];
  const journal = new Journal();
  for (const { out, id } of [a, b, c]) {
    await journal.add(out, { job: id, attempt: 1, status: "dead", error: "it is damaged" });
  }
  const dead = async (...jobs: Job[]): Promise<[number, string[]]> => {
    const [written] = await writeSummary(await batchState(jobs));
    const lines = readFileSync(written!.dead, "utf8").trim().split("\n");
    return [written!.deadOfOthers, lines.flatMap((line) => (line ? [JSON.parse(line).input.file] : []))];
  };
  expect(await dead(a)).toEqual([0, ["/data/a.tif"]]);
  expect(await dead(b)).toEqual([1, ["/data/b.tif", "/data/a.tif"]]);
  await reviveDead(await batchState([a]));
  expect(await dead(c)).toEqual([1, ["/data/c.tif", "/data/b.tif"]]);
  expect(await dead(job("parts", "b.tif", "tv"))).toEqual([1, ["/data/c.tif"]]);
});

test("letters of a later version, and those that know the folder by another path, stay; lines that are no job do not", async () => {
  const [a, b, c] = ["a.tif", "b.tif", "c.tif"].map((name) => job("foreign", name)) as [Job, Job, Job];
  mkdirSync(a.out);
  symlinkSync(a.out, join(folder, "linked"), "junction");
  const linked: Job = { ...c, out: join(folder, "linked") };
  for (const { out, id } of [a, b, linked]) {
    await new Journal().add(out, { job: id, attempt: 1, status: "dead", error: "it is damaged" });
  }
  const later = '{"format":"clidim-job","formatVersion":2, "new": 1}';
  const others = ['{"format":"clidim-job","formatVersion":1, "new": 1}', '{"cut o'];
  const list = join(a.out, "batch.dead.jsonl");
  writeFileSync(list, [jobLine(b), later, jobLine(linked), jobLine(b), ...others].join("\n"));
  for (let time = 0; time < 2; time++) {
    const leftOut = time === 0 ? [/line 5 is no job/, /line 6 is no JSON/] : [];
    expect(await writeSummary(await batchState([a]))).toEqual([
      expect.objectContaining({
        deadOfOthers: 2,
        leftOut: leftOut.map((why) => expect.stringMatching(why)),
      }),
    ]);
    const lines = readFileSync(list, "utf8").trimEnd().split("\n");
    expect(lines.slice(3)).toEqual([later]);
    expect(lines.slice(0, 3).map((line) => JSON.parse(line).id)).toEqual([a.id, b.id, c.id]);
  }
});

test("what is said later comes later, whatever the clocks of the hosts are", async () => {
  const a = job("clocks", "a.tif");
  const [ahead, behind] = ["2030-01-01T00:05:00.000Z", "2030-01-01T00:00:00.000Z"];
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(ahead) });
  await new Journal().add(a.out, { job: a.id, attempt: 1, status: "dead", error: "it is damaged" });
  vi.setSystemTime(behind);
  const [revived] = await reviveDead(await batchState([a]));
  expect(await states(a)).toEqual(["open 0"]);
  const journal = new Journal();
  await journal.add(a.out, { job: a.id, attempt: 1, ...failed }, revived!.last);
  expect(await states(a)).toEqual(["open 1"]);
  writeFileSync(join(a.out, "a.tif"), "");
  await journal.add(a.out, { job: a.id, ...done("a.tif") });
  const [state] = await batchState([a]);
  expect(state).toMatchObject({ status: "done", last: "2030-01-01T00:05:00.003Z" });
  // Of another job that replaces the result, too.
  const b = job("clocks", "a.tif", "tv");
  const [before] = await batchState([b]);
  await new Journal().add(b.out, { job: b.id, ...done("a.tif") }, before!.last);
  expect(await states(a, b)).toEqual(["open 0", "done 0"]);
  vi.useRealTimers();
});

test("a dead letter goes once its file has a job of another plan, whichever of both could open it", async () => {
  const opened = job("places", "a.tif");
  const { id: _, output: __, ...others } = opened;
  const unopened: Omit<Job, "id"> = { ...others, pixels: 0, problem: "it is damaged" };
  const closed: Job = { ...unopened, id: jobId(unopened) };
  for (const [before, after] of [
    [closed, opened],
    [opened, closed],
  ] as const) {
    await new Journal().add(before.out, {
      job: before.id,
      attempt: 1,
      status: "dead",
      error: "it is damaged",
    });
    expect(await writeSummary(await batchState([before]))).toMatchObject([{ deadOfOthers: 0 }]);
    const [written] = await writeSummary(await batchState([after]));
    expect(written!.deadOfOthers).toBe(0);
    expect(readFileSync(written!.dead, "utf8")).not.toContain(before.id);
  }
});

test.skipIf(process.platform === "win32")(
  "a list of dead letters that cannot be read just now is not written anew",
  async () => {
    const a = job("unread", "a.tif");
    await new Journal().add(a.out, { job: a.id, attempt: 1, status: "dead", error: "it is damaged" });
    const list = join(a.out, "batch.dead.jsonl");
    symlinkSync(list, list); // ELOOP, of root too
    await expect(writeSummary(await batchState([a]))).rejects.toThrow(
      /batch\.dead\.jsonl: its links lead to one another/,
    );
    unlinkSync(list);
    expect(await writeSummary(await batchState([a]))).toHaveLength(1);
  },
);

test("the summary counts, finds the worst residuals, and its dead letters are jobs again", async () => {
  const jobs = ["a.tif", "b.tif", "<i>.tif", "d.tif"].map((name) => job("summary", name));
  const journal = new Journal();
  for (const [i, { out, id, output }] of jobs.slice(0, 2).entries()) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, output!), "");
    const trust = {
      findings: i === 0 ? [] : ["Structure was taken away"],
      residualCorrelation: -0.1 - i,
      residualBias: i,
    };
    const notes = [`${jobs[i]!.input.file}: ${i} pixels are missing`];
    await journal.add(out, { job: id, ...done(output!), seconds: 2 + 2 * i, trust, notes });
  }
  const { out, id } = jobs[2]!;
  await journal.add(out, { job: id, attempt: 1, status: "dead", error: "it is damaged" });
  const known = await batchState(jobs);
  expect(batchProgress(known)).toMatchObject({
    jobs: 4,
    done: 2,
    dead: 1,
    open: 1,
    megapixels: 2,
    megapixelsLeft: 1,
    workers: 1,
  });
  expect(summarise(known)).toMatchObject({
    secondsPerMegapixel: { all: 3, median: 4, slowest: 4 },
    trust: { assessed: 2, withFindings: 1 },
    worst: [{ input: "/data/b.tif", residualCorrelation: -1.1 }, { input: "/data/a.tif" }],
    notes: [{ files: 2, example: "/data/a.tif: 0 pixels are missing" }],
    dead: [{ input: "/data/<i>.tif", reason: "it is damaged" }],
    open: [{ input: "/data/d.tif" }],
  });
  const [written] = await writeSummary(known);
  expect(readFileSync(written!.html, "utf8")).toContain("&#60;i&#62;.tif");
  expect(
    readFileSync(written!.dead, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([{ ...jobs[2], reason: "it is damaged" }]);
  const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
  expect(results.map((record: { output: string }) => record.output)).toEqual(["a.tif", "b.tif"]);
});
