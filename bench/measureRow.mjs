import { loadavg } from "node:os";
import { join } from "node:path";
import { Child } from "./child.mjs";
import { leastMilliseconds, total } from "./work.mjs";

/**
 * One row: every implementation does the same work in turn, in rounds that also measure the adapter's limits, so that what else
 * happens on the machine meets all of them. Ratios are taken within a round; figures are medians over the rounds.
 *
 * `children` holds the processes that are already running, and those that are started here.
 */
export async function measureRow(row, implementations, { children, limit, folder, schedule }) {
  const loadBefore = loadavg()[0];
  const spec = { ...row.spec, weights: join(folder, `${row.name}.safetensors`) };
  const running = [];
  const failed = {};
  for (const { name, command } of implementations) {
    try {
      const child = await childOf(children, name, command);
      const first = await child.ask({ do: "prepare", row: spec });
      const { milliseconds } = await child.ask({ do: "time", times: 1 });
      running.push({ name, child, first, times: timesFor(milliseconds, schedule), rounds: [] });
    } catch (error) {
      failed[name] = error.message;
    }
  }
  // Slow ones are not waited for as often.
  const peaks = [];
  for (let round = 0; round < schedule.rounds; round++) {
    await limit.ask({ do: "prepare", row: {} }).then(({ result }) => peaks.push(result));
    for (const one of rotated(running, round)) {
      if (round >= roundsFor(one, schedule)) continue;
      try {
        one.rounds.push(await one.child.ask({ do: "time", times: one.times }));
      } catch (error) {
        failed[one.name] = error.message;
        one.rounds = [];
      }
    }
  }
  const measured = running.filter(({ rounds }) => rounds.length > 0);
  for (const one of measured) one.counts = await one.child.ask({ do: "count" }).catch(() => ({}));

  const peak = {
    flops: median(peaks.map(({ flops }) => flops)),
    bytes: median(peaks.map(({ bytes }) => bytes)),
  };
  const work = total(row.parts);
  const least = leastMilliseconds(row.parts, peak);
  const ours = measured.find(({ name }) => name === "clidim");
  return {
    name: row.name,
    work,
    peak,
    leastMilliseconds: least,
    load: [loadBefore, loadavg()[0]],
    failed,
    results: measured.map(({ name, first, times, rounds, counts }) => {
      const milliseconds = median(rounds.map((round) => round.milliseconds));
      return {
        name,
        milliseconds,
        rounds: rounds.map((round) => round.milliseconds),
        callsPerRound: times,
        firstMilliseconds: first.milliseconds,
        /** Of the thread that queues the work. */
        hostMilliseconds: rounds[0].host === undefined ? undefined : median(rounds.map(({ host }) => host)),
        gflops: work.flops / milliseconds / 1e6,
        ofPeak: work.flops / milliseconds / 1e-3 / peak.flops,
        ofLimit: least / milliseconds,
        /** How many times as long as this project. */
        ratio: ours && median(rounds.map((round, k) => round.milliseconds / ours.rounds[k].milliseconds)),
        result: first.result,
        /** Largest relative difference of a figure from this project's. */
        deviation: ours && deviation(first.result, ours.first.result),
        counts,
      };
    }),
  };
}

async function childOf(children, name, command) {
  const known = children.find((other) => other.name === name);
  if (known) return known.child;
  const child = new Child(command);
  children.push({ name, child });
  await child.ask({ do: "start" });
  return child;
}

/** Calls in a row until `seconds` are over, at most 200. */
const timesFor = (milliseconds, { seconds }) =>
  Math.max(1, Math.min(200, Math.ceil((1000 * seconds) / milliseconds)));

/** Not more than two minutes for one implementation. */
function roundsFor({ first, times, rounds }, schedule) {
  const each = (rounds[0]?.milliseconds ?? first.milliseconds / 10) * times;
  return Math.max(2, Math.min(schedule.rounds, Math.floor(120_000 / each)));
}

const rotated = (list, by) => list.map((_, i) => list[(i + by) % list.length]);

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function deviation(result, reference) {
  const differences = Object.entries(result).map(([name, value]) => {
    const expected = reference[name];
    // A mean near 0 is measured by the size of the values.
    const scale = Math.max(Math.abs(expected), Math.sqrt(Math.abs(reference.square ?? 0)), 1e-6);
    return Math.abs(value - expected) / scale;
  });
  return Math.max(0, ...differences.filter(Number.isFinite));
}
