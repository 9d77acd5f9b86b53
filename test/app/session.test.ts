import { describe, expect, it, vi } from "vitest";
import type {
  Engine,
  Opened,
  StoredRun,
  TrainEvents,
  TrainedRun,
} from "../../packages/app/src/engine/engine.js";
import { createImages } from "../../packages/app/src/page/session/images.js";
import { createTraining } from "../../packages/app/src/page/session/training.js";

/** An engine whose every answer is in the test. */
const engineOf = (answers: Partial<Engine>): Engine => answers as Engine; // what is not asked for is not there

const failed = (sentence: string) => ({ sentence, stopped: false, internal: false });

describe("reads at the same time", () => {
  it("are said until the last has ended, with what could not be opened by any", async () => {
    const pending = new Map<string, (opened: Opened | Promise<never>) => void>();
    const engine = engineOf({
      open: ([file]) => new Promise((resolve) => pending.set(file!.path, resolve)),
    });
    const images = createImages(engine);
    const open = (path: string) => images.open([{ path, file: new File([], path) }]);
    const [first, second] = [open("a.tif"), open("b.tif")];
    await vi.waitFor(() => expect(pending.size).toBe(2));
    expect(images.opening.value).toBe("b.tif");
    pending.get("b.tif")!(Promise.reject(failed("it is cut off")));
    await second;
    expect(images.opening.value).toBe("a.tif");
    pending.get("a.tif")!({ images: [], models: [], failures: [{ name: "a.tif", sentence: "it is empty" }] });
    await first;
    expect(images.opening.value).toBeUndefined();
    expect(images.failures.value.map(({ name }) => name)).toEqual(["b.tif", "a.tif"]);
  });
});

describe("a training that is followed", () => {
  const run = { run: "actin", method: "noise2void", history: [] } as unknown as StoredRun; // as far as it is looked at
  const at = (update: number) => ({ update, updates: 100, shown: ["loss"] });

  function resumed() {
    let events!: TrainEvents;
    let end!: (ended: TrainedRun | Promise<never>) => void;
    const engine = engineOf({
      resume: (_, told) => {
        events = told;
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      runs: async () => [],
      storage: async () => ({ used: 0, available: 1 }),
    });
    const methods = { value: [] } as unknown as Parameters<typeof createTraining>[2]; // it does not change
    const training = createTraining(engine, createImages(engine), methods);
    return { training, followed: training.resume(run), events, end };
  }

  it("keeps the points of its log, and what it warns of once", async () => {
    const { training, followed, events, end } = resumed();
    for (let update = 1; update <= 50; update++) {
      events.onProgress({ ...at(update), ...(update % 10 === 0 && { losses: { loss: 1 / update } }) });
    }
    events.onProgress({ ...at(51), validation: { "PSNR (dB)": 30 } });
    events.onProgress(at(52));
    for (const warning of ["slow", "noisy", "slow"]) events.onWarning(warning);
    const job = training.running.value!;
    expect(job.history.map(({ update }) => update)).toEqual([10, 20, 30, 40, 50, 51]);
    expect([job.latest?.update, job.warnings]).toEqual([52, ["slow", "noisy"]]);
    end({ run, completed: true });
    await followed;
    expect(training.finished.value?.completed).toBe(true);
  });

  it("says what of it has failed, and shows nothing that comes too late", async () => {
    const { training, followed, events, end } = resumed();
    end(Promise.reject(failed("the disk is full")));
    await followed;
    expect(training.failure.value).toEqual({
      title: "The training did not go on",
      sentence: "the disk is full",
    });
    const made = vi.spyOn(URL, "createObjectURL");
    events.onPreview(new Blob([]));
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    await training.remove("actin");
    expect(training.failure.value?.title).toBe("actin was not removed");
  });
});
