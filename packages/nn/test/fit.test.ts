import { key, mean, mul, reshape, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import {
  accumulate,
  adam,
  crossEntropy,
  dataset,
  type EpochRecord,
  exportStateDict,
  type FitOptions,
  fit,
  layers,
  metrics,
  mse,
  type Progress,
  sgd,
} from "../src/index.js";

interface Sample {
  readonly x: Float32Array;
  readonly label: Int32Array;
}

/** Points on two arcs. */
const samples: readonly Sample[] = Array.from({ length: 48 }, (_, i) => {
  const angle = (Math.PI * (i >> 1)) / 23;
  const [x, y] = i % 2 ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
  return { x: Float32Array.of(x, y), label: Int32Array.of(i % 2) };
});
const batches = dataset(samples)
  .shuffle(3)
  .batch(12)
  .map(({ x, label }) => ({ x, label: reshaped(label) }))
  .prefetch(2);

function reshaped(label: Tensor): Tensor {
  return reshape(label, [label.shape[0]!]);
}

const model = layers.sequential(
  layers.linear({ out: 12 }),
  layers.batchNorm(),
  layers.tanh(),
  layers.dropout(0.1),
  layers.linear({ out: 2 }),
);
type Batch = { readonly x: Tensor; readonly label: Tensor };
const variables = model.init(key(0), [1, 2]);
const shared = {
  model,
  variables,
  optimizer: adam({ learningRate: 0.03 }),
  data: batches,
  loss: (output: Tensor, { label }: Batch) => crossEntropy(output, label),
  metrics: { accuracy: (output: Tensor, { label }: Batch) => metrics.accuracy(output, label) },
  seed: 5,
} as const;

const bits = async (trained: typeof variables): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(exportStateDict(trained)).map(
        async ([name, x]): Promise<[string, number[]]> => [
          name,
          [...new Uint32Array(Float32Array.from(await x.data()).buffer)],
        ],
      ),
    ),
  );

describe("fit", () => {
  it("trains, validates and reports, and leaves the variables that it began with", async () => {
    const epochs: EpochRecord[] = [];
    const updates: number[] = [];
    const { history, ended, ...result } = await fit({
      ...shared,
      epochs: 20,
      validation: batches,
      reportEvery: 7,
      onEpoch: (record) => void epochs.push(record),
      onUpdate: (record) => void updates.push(record.updates),
    });
    expect([history.length, ended, result.updates]).toEqual([20, "epochs", 80]);
    expect(epochs).toEqual(history);
    expect(updates).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77]);
    expect(history[0]!.train.loss).toBeGreaterThan(history.at(-1)!.train.loss! + 0.15);
    expect(history.at(-1)!.validation!.accuracy).toBeGreaterThan(0.85);
    expect(history.at(-1)!.skipped).toBe(0);
    expect((await variables.params[0].weight.data()).length).toBe(24);
  });

  it("goes on from a checkpoint in the middle of an epoch, to the bit", async () => {
    const checkpoints: { readonly bytes: Uint8Array; readonly progress: Progress }[] = [];
    const save = (bytes: Uint8Array, progress: Progress): void => void checkpoints.push({ bytes, progress });
    const options = {
      ...shared,
      epochs: 3,
      validation: batches,
      earlyStopping: { patience: 5, restoreBest: true },
    };
    const whole = await fit({ ...options, checkpoint: { save, everyUpdates: 3 } });
    expect(checkpoints.map(({ progress: { epoch, batch } }) => [epoch, batch])).toEqual([
      [0, 3],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
      [2, 4],
      [3, 0],
    ]);
    const expected = await bits(whole.variables);
    for (const { bytes } of [checkpoints[2]!, checkpoints[3]!, checkpoints[6]!]) {
      const again = await fit({ ...options, resume: bytes });
      expect(again.history).toEqual(whole.history);
      expect(again.best).toEqual(whole.best);
      expect(await bits(again.variables)).toEqual(expected);
    }
    await expect(
      fit({
        ...options,
        optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
        resume: checkpoints[0]!.bytes,
      }),
    ).rejects.toThrow(
      /^fit: the checkpoint is of another training: .*; resume with the same model, optimizer and metrics$/,
    );
    await expect(fit({ ...options, resume: new Uint8Array(3) })).rejects.toThrow(
      "readSafetensors: a file starts with",
    );
  });

  it("stops by a signal, and goes on from there", async () => {
    const control = new AbortController();
    const saved: Uint8Array[] = [];
    const options = { ...shared, epochs: 2 };
    const stopped = await fit({
      ...options,
      reportEvery: 2,
      onUpdate: ({ updates }) => (updates === 6 ? control.abort() : undefined),
      signal: control.signal,
      checkpoint: { save: (bytes) => void saved.push(bytes) },
    });
    expect([stopped.ended, stopped.updates, stopped.history.length]).toEqual(["signal", 6, 1]);
    const again = await fit({ ...options, resume: saved.at(-1)! });
    expect(await bits(again.variables)).toEqual(await bits((await fit(options)).variables));
  });
});

/** A line through points, whose loss can be followed by hand: w is updated by gradient descent on (w x - y)^2. */
describe("fit of a single weight", () => {
  const line = layers.linear({ out: 1, bias: false, weightInit: () => tensor([[0]]) });
  const start = line.init(key(0), [1, 1]);
  const points = (pairs: readonly (readonly [number, number])[]) =>
    dataset(pairs)
      .map(([x, y]) => ({ x: [x], y: [y] }))
      .batch(1);
  type Points = { readonly x: Tensor; readonly y: Tensor };
  const options: Omit<FitOptions<typeof start.params, typeof start.stats, Points>, "data"> = {
    model: line,
    variables: start,
    optimizer: sgd({ learningRate: 0.25 }),
    loss: (output, { y }) => mse(output, y),
    epochs: 1,
  };
  const weight = async ({ variables }: { readonly variables: typeof start }): Promise<number> =>
    variables.params.weight.item();

  it("leaves out updates that are not finite, or goes no further, at which parameters stay", async () => {
    // With x = 1 and a rate of 1/4, an update takes w half the way to y.
    const data = points([
      [1, 8],
      [1, Number.NaN],
      [1, 8],
    ]);
    const skipping = await fit({ ...options, data, nonFinite: "skip" });
    expect(await weight(skipping)).toBe(6);
    expect(skipping.history).toEqual([{ epoch: 0, updates: 3, skipped: 1, train: { loss: (64 + 16) / 2 } }]);
    await expect(fit({ ...options, data })).rejects.toThrow(
      "fit: the loss or a gradient of update 1 (counted from 0) is not finite; lower the learning rate or put clipByGlobalNorm before the optimiser,",
    );
  });

  it("goes on after an update that was left out, and stops only at the next", async () => {
    const saved: Uint8Array[] = [];
    const data = points([
      [1, 8],
      [1, Number.NaN],
    ]);
    const save = (bytes: Uint8Array): void => void saved.push(bytes);
    await fit({ ...options, data, nonFinite: "skip", checkpoint: { save } });
    const resume = saved.at(-1)!;
    const again = await fit({ ...options, data: points([[1, 8]]), epochs: 2, resume });
    expect([again.updates, await weight(again)]).toEqual([3, 6]);
    await expect(fit({ ...options, data, epochs: 2, resume })).rejects.toThrow(
      "the loss or a gradient of update 3",
    );
  });

  it("stops when a metric no longer gets better, and gives the best variables back", async () => {
    // Epoch after epoch w is 4, 6, 7, ...; of the validation w = 6 is best.
    const stopping = { ...options, data: points([[1, 8]]), validation: points([[1, 6]]), epochs: 20 };
    const best = await fit({ ...stopping, earlyStopping: { patience: 2 } });
    expect([best.ended, best.best, best.history.length]).toEqual(["patience", { epoch: 1, value: 0 }, 4]);
    expect(await weight(best)).toBe(6);
    const last = await fit({ ...stopping, earlyStopping: { patience: 2, restoreBest: false } });
    expect(await weight(last)).toBe(7.5);
    const none = await fit({ ...stopping, epochs: 0 });
    expect([none.ended, none.updates, await weight(none)]).toEqual(["epochs", 0, 0]);
  });

  it("goes on with another early stopping than before by what is watched now", async () => {
    const saved: Uint8Array[] = [];
    const save = (bytes: Uint8Array): void => void saved.push(bytes);
    // w is 4, 6, 7, 7.5, ...: the loss falls to the end, w is least at first.
    const training = {
      ...{ ...options, data: points([[1, 8]]), validation: points([[1, 8]]), epochs: 3 },
      metrics: { w: (output: Tensor) => mean(output) },
      checkpoint: { save },
    };
    await fit(training);
    const without = saved.at(-1)!;
    const longer = { ...training, epochs: 6 };
    const added = await fit({ ...longer, resume: without, earlyStopping: { patience: 2 } });
    expect([added.ended, added.history.length, added.best?.epoch]).toEqual(["epochs", 6, 5]);

    await fit({ ...training, earlyStopping: { patience: 3 } });
    const byLoss = saved.at(-1)!;
    const most = await fit({
      ...longer,
      resume: byLoss,
      earlyStopping: { patience: 3, metric: "w", mode: "max" },
    });
    expect([most.ended, most.best]).toEqual(["epochs", { epoch: 5, value: most.history[5]!.validation!.w }]);
    // The best by w is the first epoch, whose variables were not kept: those from here on are compared.
    const least = { metric: "w", patience: 2 };
    const anew = await fit({ ...longer, resume: byLoss, earlyStopping: least });
    expect([anew.ended, anew.best?.epoch, await weight(anew)]).toEqual(["patience", 3, 7.5]);
    const values = await fit({ ...longer, resume: byLoss, earlyStopping: { ...least, restoreBest: false } });
    expect([values.ended, values.best?.epoch, values.history.length]).toEqual(["patience", 0, 3]);
  });

  it("goes on comparing from where it began anew, however often it is resumed", async () => {
    const saved: Uint8Array[] = [];
    // w is 4, 6, 7, 7.5, 7.75, ...
    const training = {
      ...{ ...options, data: points([[1, 8]]), epochs: 3 },
      metrics: { w: (output: Tensor) => mean(output) },
      checkpoint: { save: (bytes: Uint8Array): void => void saved.push(bytes) },
    };
    await fit({ ...training, earlyStopping: { patience: 9 } });
    const least = { ...training, earlyStopping: { metric: "w", patience: 3 } };
    await fit({ ...least, epochs: 5, resume: saved.at(-1)! });
    const again = await fit({ ...least, epochs: 9, resume: saved.at(-1)! });
    expect([again.ended, again.best, again.history.length, await weight(again)]).toEqual([
      ...["patience", { epoch: 3, value: 7 }, 7],
      7.5,
    ]);
  });

  it("goes on with a validation or without one, whatever there was before", async () => {
    const data = points([[1, 8]]);
    const training = { ...options, data, epochs: 4, earlyStopping: { patience: 2 } };
    for (const [before, after] of [
      [undefined, data],
      [data, undefined],
    ]) {
      const saved: Uint8Array[] = [];
      const checkpoint = { save: (bytes: Uint8Array): void => void saved.push(bytes) };
      await fit({ ...training, ...(before && { validation: before }), checkpoint });
      const longer = { ...training, epochs: 6, resume: saved.at(-1)! };
      const further = await fit({ ...longer, ...(after && { validation: after }) });
      expect([further.ended, further.history.length, further.best?.epoch]).toEqual(["epochs", 6, 5]);
    }
  });

  it("counts epochs of no number from the beginning, however often it is resumed", async () => {
    const saved: Uint8Array[] = [];
    const training = {
      ...{ ...options, data: points([[1, 8]]), epochs: 2 },
      metrics: { none: (output: Tensor) => mul(mean(output), Number.NaN) },
      earlyStopping: { metric: "none", patience: 3 },
      checkpoint: { save: (bytes: Uint8Array): void => void saved.push(bytes) },
    };
    await fit(training);
    const again = await fit({ ...training, epochs: 9, resume: saved.at(-1)! });
    expect([again.ended, again.history.length]).toEqual(["patience", 3]);
  });

  it("takes any optimiser, and says what does not fit", async () => {
    const data = points([
      [1, 8],
      [1, 4],
    ]);
    // The mean of both gradients.
    const accumulated = await fit({
      ...options,
      optimizer: accumulate(sgd({ learningRate: 0.25 }), 2),
      data,
    });
    expect(await weight(accumulated)).toBe(3);
    const wrong: readonly (readonly [changes: object, message: string])[] = [
      [{ data: dataset([]) }, "fit: there is no batch in epoch 0 of the data"],
      [{ validation: dataset([]) }, "fit: there is no batch in epoch 0 of the validation"],
      [
        { loss: (output: Tensor) => output },
        "fit: loss must return a scalar tensor, got [1,1]; average over the batch",
      ],
      [
        { data: dataset([tensor([[1]])]) },
        "fit: batches have no member x, got f32 [1,1]; pass input: (batch) => ...",
      ],
      [{ lr: 1 }, 'fit: there is no option "lr"'],
      [
        { earlyStopping: { patience: 1, metric: "accuracy" } },
        "fit: earlyStopping watches accuracy, which is no metric; there are loss",
      ],
      [{ data: [1] }, "fit: data must be a dataset of batches, got [1]"],
    ];
    for (const [changes, message] of wrong) {
      await expect(fit({ ...options, data, ...changes })).rejects.toThrow(message);
    }
  });
});
