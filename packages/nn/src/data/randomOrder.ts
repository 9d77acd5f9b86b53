/** Whole numbers below a limit, the same for a seed everywhere: splitmix32. */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return Math.floor((((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32) * limit);
  };
}

/** The seed of one pass over the data. */
const seedOf = (seed: number, epoch: number): number =>
  Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(epoch + 1, 0xc2b2ae35);

/** The numbers below `count` in an order that depends on the seed and on the pass: Fisher and Yates. */
export function randomOrder(count: number, seed: number, epoch: number): Uint32Array {
  const below = randomBelow(seedOf(seed, epoch));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The values in the order in which they leave a room for `size` of them: each that comes in sends a random one out. */
export async function* throughBuffer<T>(
  values: AsyncIterable<T>,
  size: number,
  seed: number,
  epoch: number,
): AsyncGenerator<T, void, undefined> {
  const below = randomBelow(seedOf(seed, epoch));
  const room: T[] = [];
  for await (const value of values) {
    if (room.length < size) {
      room.push(value);
      continue;
    }
    const at = below(size);
    yield room[at]!;
    room[at] = value;
  }
  while (room.length > 0) {
    const at = below(room.length);
    yield room[at]!;
    room[at] = room.at(-1)!;
    room.pop();
  }
}
