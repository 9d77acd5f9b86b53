import { key, normal, type Tensor, tensor } from "@clidim/tensor";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it, vi } from "vitest";
import { collate, type Dataset, dataset } from "../src/index.js";

const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
  const seen: T[] = [];
  for await (const value of values) seen.push(value);
  return seen;
};
const numbers = Array.from({ length: 10 }, (_, i) => i);
const counted = (to: number) =>
  async function* (): AsyncGenerator<number> {
    for (let i = 0; i < to; i++) yield i;
  };
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe("dataset", () => {
  it("passes over arrays, samples by number, iterables, and what functions start, again and again", async () => {
    const lazy = { length: 10, at: (i: number) => Promise.resolve(i) };
    const sources: readonly Dataset<number>[] = [
      dataset(numbers),
      dataset(lazy),
      dataset(new Set(numbers)),
      dataset(counted(10)),
      dataset(() => numbers.values()),
    ];
    for (const source of sources) {
      for (let pass = 0; pass < 2; pass++) expect(await all(source)).toEqual(numbers);
    }
    const once = dataset(counted(3)());
    expect(await all(once)).toEqual([0, 1, 2]);
    expect(() => once.epoch(1)).toThrow(
      "dataset: the source can be passed over once, and has been; pass a function that starts it again",
    );
    // From untyped code.
    expect(() => dataset(3 as unknown as number[])).toThrow(
      "dataset: expected an array, { length, at }, something that can be iterated, or a function that returns such, got 3",
    );
  });

  it("maps, filters, takes, skips and repeats", async () => {
    for (const source of [dataset(numbers), dataset(counted(10))]) {
      const squares = source.map(async (x, i) => x * i);
      expect(await all(squares)).toEqual(numbers.map((x) => x * x));
      expect(await all(source.map((x) => x + 1, { concurrency: 3 }))).toEqual(numbers.map((x) => x + 1));
      expect(await all(source.filter((x) => x % 3 === 0))).toEqual([0, 3, 6, 9]);
      expect(await all(source.skip(2).take(3))).toEqual([2, 3, 4]);
      expect(await all(source.take(0))).toEqual([]);
      expect(await all(source.skip(20))).toEqual([]);
      expect(await all(source.take(2).repeat(3))).toEqual([0, 1, 0, 1, 0, 1]);
    }
  });

  it("shuffles by the seed and the pass, whole where there are numbers, through a buffer elsewhere", async () => {
    const whole = dataset(numbers).shuffle(7);
    const first = await all(whole.epoch(0));
    expect(sorted(first)).toEqual(numbers);
    expect(first).not.toEqual(numbers);
    expect(await all(whole.epoch(0))).toEqual(first);
    expect(await all(dataset(numbers).shuffle(7))).toEqual(first);
    expect(await all(whole.epoch(1))).not.toEqual(first);
    expect(await all(dataset(numbers).shuffle(8))).not.toEqual(first);

    const streamed = dataset(counted(10)).shuffle(7, { buffer: 3 });
    const order = await all(streamed);
    expect(sorted(order)).toEqual(numbers);
    expect(await all(streamed)).toEqual(order);
    expect(await all(streamed.epoch(1))).not.toEqual(order);
    // What has not come in cannot go out.
    for (const [i, value] of order.entries()) expect(value).toBeLessThanOrEqual(i + 3);
    // Repetitions within a pass are shuffled on their own.
    const twice = await all(dataset(numbers).shuffle(7).repeat(2));
    expect(twice.slice(0, 10)).not.toEqual(twice.slice(10));
  });

  it("permutes what is mapped by several at a time, and keeps to the number of each function", async () => {
    const most = [0, 0];
    const counted = (stage: 0 | 1) => {
      let running = 0;
      return async (x: number, index: number): Promise<number> => {
        expect(x).toBe(index);
        running++;
        most[stage] = Math.max(most[stage]!, running);
        await new Promise((resolve) => setTimeout(resolve));
        running--;
        return x;
      };
    };
    const many = Array.from({ length: 100 }, (_, i) => i);
    const source = dataset(many).map(counted(0), { concurrency: 4 }).map(counted(1));
    const first = await all(source.shuffle(7, { buffer: 1 }));
    expect(sorted(first)).toEqual(many);
    expect(first).toEqual(await all(dataset(many).shuffle(7)));
    expect(most).toEqual([4, 1]);
    expect(await all(source.shuffle(7).skip(10).take(5))).toEqual(first.slice(10, 15));
    expect(await all(source.skip(90))).toEqual(many.slice(90));
  });

  it("yields all that came before an error of the source", async () => {
    const source = dataset(function* () {
      yield* [1, 2, 3];
      throw new Error("the file ends early");
    });
    for (const concurrency of [1, 2, 4, 8]) {
      const seen: number[] = [];
      const reading = async (): Promise<void> => {
        for await (const value of source.map(async (x) => x, { concurrency })) seen.push(value);
      };
      await expect(reading()).rejects.toThrow("the file ends early");
      expect(seen).toEqual([1, 2, 3]);
    }
    const stuck = dataset(function* () {
      try {
        yield* [1, 2, 3];
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what is tested
        throw new Error("the file does not close");
      }
    });
    await expect(all(stuck.map((x) => x, { concurrency: 2 }).take(1))).rejects.toThrow("does not close");
  });

  it("draws every order as often as any other", async () => {
    const counts = new Map<string, number>();
    const source = dataset([0, 1, 2]).shuffle(3);
    for (let pass = 0; pass < 3000; pass++) {
      const order = (await all(source.epoch(pass))).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    // Six orders of 500; the standard deviation is 20.
    expect([...counts.values()].every((count) => Math.abs(count - 500) < 100)).toBe(true);
    expect(counts.size).toBe(6);
  });

  it("makes batches of tensors, or of what the caller makes", async () => {
    const source = dataset(numbers).map((i) => ({ x: Float32Array.of(i, 2 * i), label: i, name: `n${i}` }));
    const batches = await all(source.batch(4));
    expect(batches.map(({ x }) => x.shape)).toEqual([
      [4, 2],
      [4, 2],
      [2, 2],
    ]);
    expect(valuesOf(batches[2]!.x)).toEqual([8, 16, 9, 18]);
    expect(valuesOf(batches[0]!.label)).toEqual([0, 1, 2, 3]);
    expect(batches[2]!.name).toEqual(["n8", "n9"]);
    expect((await all(source.batch(4, { dropLast: true }))).length).toBe(2);
    const sums = dataset(numbers).batch(5, { collate: (values) => values.reduce((a, b) => a + b) });
    expect(await all(sums)).toEqual([10, 35]);
  });
});

describe("collate", () => {
  it("keeps dtypes and structure", () => {
    const host = { dtype: "f16", shape: [2, 1], data: Float32Array.of(1, 2) } as const;
    const batch = collate([
      {
        image: host,
        label: Int32Array.of(3),
        pair: [1, Float32Array.of(5)] as const,
        kind: true,
        y: tensor([1]),
      },
      {
        image: host,
        label: Int32Array.of(4),
        pair: [2, Float32Array.of(6)] as const,
        kind: false,
        y: tensor([2]),
      },
    ]);
    const shown = (x: Tensor): unknown => [x.dtype, x.shape, valuesOf(x)];
    expect(shown(batch.image)).toEqual(["f16", [2, 2, 1], [1, 2, 1, 2]]);
    expect(shown(batch.label)).toEqual(["i32", [2, 1], [3, 4]]);
    expect(shown(batch.pair[0])).toEqual(["f32", [2], [1, 2]]);
    expect(shown(batch.pair[1])).toEqual(["f32", [2, 1], [5, 6]]);
    expect(shown(batch.kind)).toEqual(["bool", [2], [1, 0]]);
    expect(shown(batch.y)).toEqual(["f32", [2, 1], [1, 2]]);
    expect(collate([normal(key(0), [3]), normal(key(1), [3])]).shape).toEqual([2, 3]);
  });

  it("says what differs", () => {
    expect(() => collate([{ x: Float32Array.of(1) }, { x: Float32Array.of(1, 2) }])).toThrow(
      "batch: x.x has samples of shape [1] and [2]; make them alike with map, or pass collate",
    );
    expect(() => collate([{ x: 1 }, {}] as readonly { x?: number }[])).toThrow(
      "batch: x is { x } in one sample and {} in another; make them alike with map, or pass collate",
    );
    const f32 = { dtype: "f32", shape: [1], data: Float32Array.of(0.5) } as const;
    const i32 = { dtype: "i32", shape: [1], data: Int32Array.of(1) } as const;
    for (const [samples, message] of [
      [[Uint8Array.of(1, 2), Uint16Array.of(1000, 65535)], "x has samples of Uint8Array and Uint16Array"],
      [
        [Int32Array.of(1), Int32Array.of(1), Float32Array.of(0.5)],
        "x has samples of Int32Array and Float32Array",
      ],
      [[i32, f32], "x has samples of i32 tensors and f32 tensors"],
      [[tensor([1]), tensor([true])], "x has samples of f32 tensors and bool tensors"],
      [[Float32Array.of(1, 2), [1, 2]], "x has samples of Float32Array and "],
    ] as const) {
      expect(() => collate<unknown>(samples)).toThrow(`batch: ${message}`);
    }
  });

  it("keeps the numbers of host tensors of one dtype whatever arrays they have", () => {
    const host = (data: Uint8Array | Float32Array | Int32Array) =>
      ({ dtype: "f32", shape: [1], data }) as const;
    const batch = collate([host(Uint8Array.of(1)), host(Float32Array.of(1000.5)), host(Int32Array.of(-3))]);
    expect([batch.dtype, valuesOf(batch)]).toEqual(["f32", [1, 1000.5, -3]]);
    const whole = { dtype: "i32", shape: [1] } as const;
    expect(() =>
      collate([
        { ...whole, data: Int32Array.of(1) },
        { ...whole, data: Float32Array.of(0.5) },
      ]),
    ).toThrow(/0\.5/);
  });

  it("takes Buffers for the bytes that they are", () => {
    const warned = vi.spyOn(process, "emitWarning");
    expect(valuesOf(collate([Buffer.from([1, 2]), Uint8Array.of(3, 4)]))).toEqual([1, 2, 3, 4]);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it.each<[string, unknown]>([
    ["a Date", new Date()],
    ["a Map", new Map([[1, 2]])],
    ["a Set", new Set([1])],
    ["an ArrayBuffer", new ArrayBuffer(4)],
    ["a DataView", new DataView(new ArrayBuffer(4))],
    [
      "a Sample",
      new (class Sample {
        readonly #values = [1];
        get values() {
          return this.#values;
        }
      })(),
    ],
    ["null", null],
    ["1n", 1n],
    ["undefined", undefined],
  ])("says that %s has no place in a batch", (name, value) => {
    expect(() => collate([{ y: value }, { y: value }])).toThrow(
      `batch: x.y is ${name}, expected numbers, tensors, texts, or arrays and records of these; leave it out with map, or pass collate`,
    );
  });

  it("takes instances of classes by the members that they have", () => {
    class Sample {
      readonly x: Float32Array;
      constructor(x: Float32Array) {
        this.x = x;
      }
    }
    expect(valuesOf(collate([1, 2].map((x) => new Sample(Float32Array.of(x)))).x)).toEqual([1, 2]);
  });

  it("tells records from arrays, and from others whose names look alike when they are joined", () => {
    expect(() => collate<unknown>([["a"], { 0: "a" }])).toThrow(
      /^batch: x is \["a"\] in one sample and \{ 0 \}/,
    );
    expect(() => collate<unknown>([{ "a,b": "x" }, { a: "x", b: "y" }])).toThrow(
      /^batch: x is \{ a,b \} in one sample and \{ a, b \}/,
    );
    // Without a prototype, as parsers make them.
    const bare = (x: number) => Object.assign(Object.create(null) as { x: number }, { x });
    expect(valuesOf(collate([bare(1), bare(2)]).x)).toEqual([1, 2]);
  });

  it("takes the members of records in any order", () => {
    const batch = collate([
      { x: 1, y: 2 },
      { y: 4, x: 3 },
    ]);
    expect([valuesOf(batch.x), valuesOf(batch.y)]).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
});

describe("prefetch", () => {
  it("asks for as many values as it was told before they are needed, and no more", async () => {
    let made = 0;
    const source = dataset(async function* () {
      for (let i = 0; i < 8; i++) {
        made++;
        yield i;
      }
    }).prefetch(2);
    const iterator = source[Symbol.asyncIterator]();
    expect(made).toBe(0);
    await iterator.next();
    // What was asked for is made while nobody waits.
    await new Promise((resolve) => setTimeout(resolve));
    expect(made).toBe(3);
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve));
    expect(made).toBe(4);
    expect(await all({ [Symbol.asyncIterator]: () => iterator })).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("passes an error on at its place, and ends the source of who stops early", async () => {
    let ended = 0;
    const source = dataset(async function* () {
      try {
        yield 1;
        yield 2;
        throw new Error("the file is damaged");
      } finally {
        ended++;
      }
    });
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const value of source.map((x) => x, { concurrency: 2 }).prefetch(4)) seen.push(value);
    };
    await expect(reading()).rejects.toThrow("the file is damaged");
    expect(ended).toBe(1);
    for await (const value of source.batch(1).prefetch(1)) {
      expect(valuesOf(value)).toEqual([1]);
      break;
    }
    expect(ended).toBe(2);
    const failing = dataset(numbers).map((x) => {
      if (x === 3) throw new Error("sample 3 has no label");
      return x;
    });
    await expect(all(failing.shuffle(1).batch(2).prefetch(2))).rejects.toThrow("sample 3 has no label");
  });
});
