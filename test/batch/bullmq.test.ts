import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { batchState, readJournals, runByQueue } from "@clidim/batch";
import { counterRandom } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, describe, expect, test } from "vitest";
import { installed, until } from "./installed.js";
import { fictitiousJobs } from "./jobs.js";
import { type Ended, startProgram } from "./program.js";
import { type RedisServer, redisServer } from "./redisServer.js";
import { long, makeStacks, resultsIn, SEED } from "./stacks.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const retries = { attempts: 3, backoff: 0.5 };
const servers: RedisServer[] = [];
const children = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const server of servers) await server.stop();
});

async function redis(name: string): Promise<RedisServer> {
  const server = await redisServer(at(name));
  servers.push(server);
  return server;
}

function worker(
  url: string,
  ...more: string[]
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const started = startProgram(["worker", "--redis", url, "--lost-after", long ? "10s" : "3s", ...more], {
    cwd: folder,
  });
  children.add(started.child);
  return started;
}

describe.runIf(installed("jobs by BullMQ", "redis-server"))("jobs by BullMQ on a real Redis", () => {
  test("every result is there once, with the bytes of a local run, whichever workers are killed and when Redis starts anew; dead letters are what is damaged", {
    timeout: long ? 0 : 240_000,
  }, async () => {
    const count = long ?? 21;
    const random = counterRandom(SEED, 0, 0);
    const stacks = await makeStacks(folder, count);
    const here = await stacks.plan("here");
    const local = startProgram(["batch", "run", here.file, "--workers", long ? "2" : "1"], { cwd: folder });
    const queued = await stacks.plan("queued");
    const server = await redis("redis");
    const workers = Array.from({ length: long ? 4 : 2 }, () => worker(server.url));
    const started = Date.now();
    let settled = 0;
    let outcomes = 0;
    let kills = 0;
    const running = runByQueue(
      { redis: server.url, queue: "clidim", jobs: await batchState(queued.jobs), retries },
      {
        onOutcome: () => {
          outcomes++;
        },
        onPhase: (sentence) => long && console.log(sentence),
      },
    ).finally(() => {
      settled = Date.now();
    });
    // A worker is killed each time that so many results more are there, and Redis once.
    const between = long ? Math.max(10, Math.min(250, Math.floor(count / 40))) : 4;
    let [next, restarted] = [between, false];
    const done = (): number =>
      existsSync(at("queued")) ? readdirSync(at("queued")).filter((name) => name.endsWith(".tif")).length : 0;
    while (settled === 0) {
      await new Promise((resolve) => setTimeout(resolve, long ? 500 : 50));
      const there = done();
      if (there < next || (!long && kills > 0)) continue;
      next = there + between;
      if (!restarted && there >= count / 3) {
        restarted = true;
        await server.stop("SIGKILL");
        await server.start();
      }
      const number = random.integer(workers.length);
      workers[number]!.child.kill("SIGKILL");
      workers[number] = worker(server.url);
      kills++;
    }
    await running;
    const seconds = (settled - started) / 1000;
    for (const { child } of workers) child.kill("SIGINT");
    // One that took the place of another just now may not listen to signals yet.
    for (const { ended } of workers) expect([130, null]).toContain((await ended).code);
    expect(await local.ended).toMatchObject({ code: 3 });

    expect(outcomes).toBeGreaterThanOrEqual(count);
    const whole = stacks.names.filter((name) => !stacks.damaged.includes(name));
    const results = resultsIn(at("queued"));
    expect([...results.keys()].toSorted()).toEqual(whole);
    const reference = resultsIn(at("here"));
    for (const [name, bytes] of reference) expect(results.get(name)?.equals(bytes), name).toBe(true);
    expect(reference.size).toBe(whole.length);
    const states = await batchState(queued.jobs);
    expect(
      states.filter(({ status }) => status === "dead").map(({ job }) => job.input.file.slice(-14)),
    ).toEqual(stacks.damaged);
    expect(states.filter(({ status }) => status === "open")).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    if (long) {
      const journals = await readJournals(at("queued"));
      const twice = journals.filter(({ status }) => status === "done").length - whole.length;
      console.log(
        `${count} stacks, ${whole.length} results, ${stacks.damaged.length} dead letters, ${kills} workers killed, Redis restarted once, ${twice} jobs begun or found again; ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(1)} files/s`,
      );
    }
  });

  test("jobs that Redis has forgotten are given to it again; what was given up is taken again where it is asked for", {
    timeout: 240_000,
  }, async () => {
    const server = await redis("forgetful");
    const stacks = await makeStacks(at("again"), 6);
    const plan = await stacks.plan("out");
    const said: string[] = [];
    const run = async (jobs = plan.jobs): Promise<void> =>
      runByQueue(
        {
          redis: server.url,
          queue: "again",
          jobs: (await batchState(jobs)).map((state) => ({ ...state, failures: 0 })),
          retries,
        },
        { onPhase: (sentence) => said.push(sentence) },
      );
    const running = run();
    await until("the jobs are in the queue", () => said.length === 1);
    await server.forget();
    await until("they are given to it again", () =>
      said.some((sentence) => /has lost 6 jobs/.test(sentence)),
    );
    const serving = worker(server.url, "--queue", "again", "--until-empty", "--json");
    await running;
    const { code, out } = await serving.ended;
    expect(code).toBe(3);
    const records = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; error?: string });
    expect(records.map(({ type }) => type).toSorted()).toEqual([...Array(5).fill("done"), "failed"]);
    expect(records.find(({ type }) => type === "failed")!.error).toMatch(/./);
    expect((await batchState(plan.jobs)).map(({ status }) => status)).toEqual([
      ...Array(5).fill("done"),
      "dead",
    ]);
    // A dead letter stays in the failed jobs of BullMQ, where other tools see it, until it is given another chance.
    const again = run(plan.jobs.slice(5));
    const other = worker(server.url, "--queue", "again", "--until-empty");
    await again;
    await other.ended;
    expect(
      (await readJournals(join(at("again"), "out"))).filter(({ status }) => status === "dead"),
    ).toHaveLength(2);
  });

  test("a Redis that is not there, and a worker without one, are sentences", async () => {
    const jobs = fictitiousJobs(at("none"), "a").map((job) => ({ job, failures: 0 }));
    await expect(
      runByQueue({ redis: "redis://:secret@127.0.0.1:1", queue: "q", jobs, retries }),
    ).rejects.toThrow(
      /^redis: no Redis answers at 127\.0\.0\.1:1 \((?!.*secret).*\); start it, or give its address$/,
    );
    await expect(runByQueue({ redis: "localhost", queue: "q", jobs, retries })).rejects.toThrow(
      /redis is "localhost"; expected an address/,
    );
    for (const queue of ["", "a:b"]) {
      await expect(runByQueue({ redis: "redis://127.0.0.1:1", queue, jobs, retries })).rejects.toMatchObject({
        message: expect.stringMatching(/^queue is "(a:b)?"; expected a name without a colon/),
        keys: ["queue"],
      });
    }
  });
});
