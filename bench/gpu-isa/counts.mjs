/** What one turn of a kernel's loop over k executes, from its listing. */

/** @typedef {import("./listings.mjs").Entry} Entry */

const isMultiply = ({ kind }) => kind === "multiply" || kind === "matrix";

/** Loops as [first, last] positions, by branches that go back. @param {Entry[]} code */
function loopsOf(code) {
  const positions = new Map(code.flatMap(({ label }, i) => (label === undefined ? [] : [[label, i]])));
  const last = new Map();
  code.forEach(({ target }, i) => {
    const first = positions.get(target);
    if (first < i) last.set(first, i);
  });
  // A loop of nothing but its branch ends some listings.
  return [...last].map(([first, end]) => ({ first, last: end })).filter((loop) => loop.last - loop.first > 2);
}

const within = (inner, outer) => inner !== outer && inner.first >= outer.first && inner.last <= outer.last;

/** The instructions of a loop outside the loops in it. */
function ownOf(code, loop, loops) {
  const inner = loops.filter((other) => within(other, loop));
  const own = [];
  for (let i = loop.first; i <= loop.last; i++)
    if (!inner.some(({ first, last }) => i >= first && i <= last) && code[i].kind) own.push(code[i]);
  return own;
}

function tally(instructions) {
  const counts = { issued: 0 };
  for (const { kind, paired } of instructions) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind !== "free" && !paired) counts.issued++;
  }
  return counts;
}

const plus = (a, b, times) =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((kind) => [
      kind,
      (a[kind] ?? 0) + times * (b[kind] ?? 0),
    ]),
  );

/**
 * Counts per kind in one turn of the loop over k. The multiply-adds of a turn may be unrolled, or a loop in it, of as many turns as make up
 * `multiplies`, which the text of the kernel says. `loadsAwaited`: loads whose values are asked for before the first multiply-add, so that nothing hides how long they take.
 * @param {Entry[]} code @param {number} multiplies
 */
export function countTurn(code, multiplies) {
  const loops = loopsOf(code);
  const counted = loops.map((loop) => ({ loop, counts: tally(ownOf(code, loop, loops)) }));
  const multipliesOf = ({ counts }) => (counts.multiply ?? 0) + (counts.matrix ?? 0);
  const hottest = counted.reduce((most, other) => (multipliesOf(other) > multipliesOf(most) ? other : most), {
    counts: {},
  });
  if (multipliesOf(hottest) === 0) return undefined;
  const around = counted
    .filter(({ loop, counts }) => within(hottest.loop, loop) && counts.barrier > 0)
    .sort((a, b) => a.loop.last - a.loop.first - (b.loop.last - b.loop.first))[0];
  const turns = around ? Math.round((multiplies - multipliesOf(around)) / multipliesOf(hottest)) : 1;
  const counts = around ? plus(around.counts, hottest.counts, turns) : hottest.counts;
  return { counts, unrolled: !around, loadsAwaited: loadsAwaited(code, around?.loop ?? hottest.loop) };
}

/** @param {Entry[]} code */
function loadsAwaited(code, { first, last }) {
  let awaited = 0;
  let pending = 0;
  const coming = new Map();
  for (const { kind, leavesLoads, writes = [], reads = [] } of code.slice(first, last)) {
    if (isMultiply({ kind })) break;
    if (leavesLoads !== undefined && leavesLoads < pending) {
      awaited += pending - leavesLoads;
      pending = leavesLoads;
    }
    for (const load of new Set(reads.flatMap((register) => coming.get(register) ?? []))) {
      awaited++;
      for (const [register, other] of coming) if (other === load) coming.delete(register);
    }
    if (kind === "load") {
      pending++;
      for (const register of writes) coming.set(register, pending);
    }
  }
  return awaited;
}
