import { signal } from "@preact/signals-core";
import { describe, expect, it, vi } from "vitest";
import type {
  DenoisedImage,
  DenoiseRequest,
  Engine,
  Opened,
  OpenedImage,
  StoredRun,
  TrainEvents,
  TrainedRun,
} from "../../packages/app/src/engine/engine.js";
import type { Painter, Picture, PlaneChoice } from "../../packages/app/src/engine/painter.js";
import {
  createDenoising,
  type DenoiseChoice,
  type Denoising,
} from "../../packages/app/src/page/session/denoising.js";
import { createImages, type Images } from "../../packages/app/src/page/session/images.js";
import { createTraining } from "../../packages/app/src/page/session/training.js";
import { createViewer } from "../../packages/app/src/page/stage/viewer.js";

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

  function resumed(from: StoredRun = run) {
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
      storage: async () => ({ kept: false }),
      keepStorage: async () => true,
    });
    const methods = { value: [] } as unknown as Parameters<typeof createTraining>[2]; // it does not change
    const training = createTraining(engine, createImages(engine), methods);
    return { training, followed: training.resume(from), events, end };
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

  it("has a curve that goes on from the checkpoint, though the log of before reached further", async () => {
    const log = [100, 200, 300].map((update) => ({ ...at(update), losses: { loss: 1 } }));
    const { training, events, end, followed } = resumed({ ...run, history: log });
    events.onProgress({ ...at(200), losses: { loss: 2 } });
    events.onProgress({ ...at(300), validation: { loss: 3 } });
    expect(training.running.value!.history).toEqual([
      log[0],
      { ...at(200), losses: { loss: 2 } },
      { ...at(300), validation: { loss: 3 } },
    ]);
    end({ run, completed: true });
    await followed;
  });

  it("has the browser asked to keep it, and the answer told, when it is gone on with, too", async () => {
    const { training, end, followed } = resumed();
    expect(training.storage.value).toBeUndefined();
    end({ run, completed: false });
    await followed;
    expect(training.storage.value).toEqual({ kept: false });
    void training.resume(run);
    await vi.waitFor(() => expect(training.storage.value).toEqual({ kept: true }));
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
    expect(training.notBegun.value).toBeUndefined();
    await training.remove("actin");
    expect(training.failure.value?.title).toBe("actin was not removed");
  });

  it("is said to be gone where it was stopped while its images were copied, until another begins", async () => {
    const { training, followed, end } = resumed();
    expect(training.hasNews.value).toBe(false);
    end(Promise.reject({ sentence: "Stopped.", stopped: true, internal: false }));
    await followed;
    expect([training.notBegun.value, training.failure.value]).toEqual(["actin", undefined]);
    expect(training.hasNews.value).toBe(true);
    void training.resume(run);
    expect(training.hasNews.value).toBe(false);
  });
});

describe("the channel to train on", () => {
  const form = { ...{ name: "noise2void", kind: "trained", target: "none" }, available: true, presets: [] };

  it("is chosen by its place, and told by its name where that says which it is", async () => {
    const asked: (string | undefined)[] = [];
    let channels: readonly string[] = ["DAPI", "GFP"];
    const engine = engineOf({
      openSample: async () =>
        ({
          id: channels.join(),
          axes: ["C", "Y", "X"],
          shape: [2, 8, 8],
          channels,
        }) as unknown as OpenedImage, // as far as it is looked at
      train: async ({ channel }) => {
        asked.push(channel);
        return { run: {} as StoredRun, completed: true }; // nothing looks at it
      },
      close: async () => undefined,
      runs: async () => [],
      storage: async () => ({ kept: false }),
      keepStorage: () => new Promise(() => undefined), // as long as the user is asked
    });
    const images = createImages(engine);
    const methods = { value: [form] } as unknown as Parameters<typeof createTraining>[2]; // as far as it is looked at
    const training = createTraining(engine, images, methods);
    for (const names of [
      ["DAPI", "GFP"],
      ["GFP", "DAPI"],
      ["0", "1"],
      ["1", "0"],
      ["GFP", "GFP"],
    ]) {
      for (const { id } of images.list.value) await images.close(id);
      channels = names;
      await images.openSample();
      // Unless it was chosen by its name before.
      if (names[0] !== "GFP" || names[1] === "GFP") training.chooseChannel(1);
      await training.start();
    }
    expect(asked).toEqual(["name:GFP", "name:GFP", "index:1", "name:0", "index:1"]);
  });
});

describe("what is denoised", () => {
  const opened = (id: string) =>
    ({ id, axes: ["Y", "X"], shape: [8, 8], channels: [] }) as unknown as OpenedImage; // as far as it is looked at
  const made = (id: string) =>
    ({ image: opened(id), file: { name: id, blob: new Blob([id]) } }) as DenoisedImage; // see above
  const visible = { place: {}, region: { x: 0, y: 0, width: 8, height: 8 } };

  /** The images a and b, of which what is denoised ends when the test says so. */
  async function denoisingOf() {
    let end!: (ended: DenoisedImage | Promise<never>) => void;
    const names = ["a", "b"];
    const closed: string[] = [];
    const asked: DenoiseRequest[] = [];
    const engine = engineOf({
      openSample: async () => opened(names.shift()!),
      denoise: (request) => {
        asked.push(request);
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      close: async (id) => void closed.push(id),
    });
    const painter = { forget: async () => undefined } as Partial<Painter> as Painter; // what is not asked for is not there
    const images = createImages(engine);
    await images.openSample();
    await images.openSample();
    const denoising = createDenoising(engine, painter, images);
    const denoise = async (image: string, ended: DenoisedImage | Promise<never>): Promise<void> => {
      images.select(image);
      const job = denoising.start(visible, false);
      images.select("b");
      end(ended);
      await job;
    };
    return { images, denoising, denoise, closed, asked };
  }

  it("fails for its own image alone, whichever is looked at", async () => {
    const { images, denoising, denoise } = await denoisingOf();
    await denoise("b", made("b denoised"));
    await denoise("a", Promise.reject(failed("it is gone")));
    expect([denoising.failure.value, denoising.result.value?.image.id]).toEqual([undefined, "b denoised"]);
    images.select("a");
    expect(denoising.failure.value).toEqual({ sentence: "it is gone" });
    images.select("b");
    denoising.dismiss();
    images.select("a");
    expect(denoising.failure.value).toBeDefined();
    denoising.dismiss();
    expect(denoising.failures.value.size).toBe(0);
  });

  it("is taken in its own range where that was advised, by models, and somebody wants it", async () => {
    const { denoising, denoise, images, asked } = await denoisingOf();
    const { ownRange, offersOwnRange, choice } = denoising;
    choice.value = { kind: "model", model: "m" };
    await denoise("a", Promise.reject({ ...failed("it is brighter"), keys: ["normalization"] }));
    await denoise("b", made("b"));
    expect(offersOwnRange.value).toBe(false);
    images.select("a");
    expect(offersOwnRange.value).toBe(true);
    denoising.dismiss();
    ownRange.value = true;
    await denoise("a", made("a"));
    ownRange.value = false;
    choice.value = { kind: "automatic" };
    images.select("a");
    expect(offersOwnRange.value).toBe(false);
    await denoise("b", { ...made("b"), otherRange: true });
    choice.value = { kind: "model", model: "m" };
    expect(offersOwnRange.value).toBe(true);
    expect(asked.map(({ image, normalization }) => [image, normalization])).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["a", "image"],
      ["b", undefined],
    ]);
  });

  it("is unsaved until its file was saved, image by image", async () => {
    const { denoising, denoise } = await denoisingOf();
    const [ofA, ofB] = [made("a denoised"), made("b denoised")];
    await denoise("a", ofA);
    expect(["a", "b"].map(denoising.unsavedOf)).toEqual(["result", undefined]);
    await denoise("b", ofB);
    denoising.saved(ofA.file);
    expect(["a", "b"].map(denoising.unsavedOf)).toEqual([undefined, "result"]);
    denoising.forget("b");
    expect(denoising.unsaved.value).toBe(false);
  });

  it("is unsaved until the map that was asked for was saved too", async () => {
    const { denoising, denoise } = await denoisingOf();
    const { image, file } = made("a map");
    const result: DenoisedImage = { ...made("a denoised"), uncertainty: { image, file, kind: "scatter" } };
    await denoise("a", result);
    denoising.saved(result.file);
    expect([denoising.unsavedOf("a"), denoising.unsaved.value]).toEqual(["map of scatter", true]);
    denoising.saved(file);
    expect([denoising.unsavedOf("a"), denoising.unsaved.value]).toEqual([undefined, false]);
  });

  it("goes with its files when there is another, after the time that these are being saved in", async () => {
    const { denoising, denoise, closed } = await denoisingOf();
    vi.useFakeTimers();
    try {
      const results = ["first", "second", "third"].map(made);
      await denoise("a", results[0]!);
      await denoise("a", results[1]!);
      expect(closed).toEqual(["first"]);
      denoising.saved(results[1]!.file);
      await denoise("a", results[2]!);
      vi.advanceTimersByTime(50_000);
      expect(closed).toEqual(["first"]);
      vi.advanceTimersByTime(20_000);
      expect(closed).toEqual(["first", "second"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is so by what was chosen last, though a model comes later", async () => {
    const { denoising } = await denoisingOf();
    const arrivals: ((choice: DenoiseChoice | undefined) => void)[] = [];
    const coming = (): Promise<void> =>
      denoising.chooseLater(new Promise((resolve) => arrivals.push(resolve)));
    const model = (name: string): DenoiseChoice => ({ kind: "model", model: name });
    let [first, second] = [coming(), coming()];
    arrivals[1]!(model("second"));
    arrivals[0]!(model("first"));
    await Promise.all([first, second]);
    expect(denoising.choice.value).toEqual(model("second"));
    [first, second] = [coming(), coming()];
    denoising.choice.value = { kind: "model", run: "chosen elsewhere" };
    for (const arrive of arrivals.slice(2)) arrive(model("late"));
    await Promise.all([first, second]);
    expect(denoising.choice.value).toEqual({ kind: "model", run: "chosen elsewhere" });
    denoising.choice.value = { kind: "automatic" };
    expect(denoising.lastModel.value).toEqual({ run: "chosen elsewhere" });
  });
});

describe("what is calculated of the noisy and the denoised image", () => {
  const imageOf = (id: string): OpenedImage =>
    ({ id, axes: ["Z", "Y", "X"], shape: [3, 8, 8], width: 8, height: 8 }) as unknown as OpenedImage; // as far as it is looked at
  const facts = { width: 8, height: 8, least: 0, greatest: 1, low: 0, high: 1 };
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

  /** A viewer of an image and its result in three planes, the middle one first. Planes come when the test says so. */
  function viewing() {
    const pending: { readonly plane: PlaneChoice; readonly come: () => void }[] = [];
    const pictures: Picture[] = [];
    const limits: (readonly PlaneChoice[])[] = [];
    const painter = {
      look: (plane) => new Promise((resolve) => pending.push({ plane, come: () => resolve(facts) })),
      paint: async (picture) => {
        pictures.push(picture);
        return { close: () => undefined } as ImageBitmap; // nothing looks at it
      },
      residualLimit: async (...planes) => {
        limits.push(planes);
        return 1;
      },
    } as Partial<Painter> as Painter; // what is not asked for is not there
    const list = signal([imageOf("noisy")]);
    const images = { list, current: signal<OpenedImage | undefined>(list.value[0]) };
    const denoising = {
      running: signal<unknown>(undefined),
      result: signal<unknown>({
        image: imageOf("denoised"),
        uncertainty: { image: imageOf("spread"), kind: "uncertainty" },
      }),
    };
    const viewer = createViewer(images as unknown as Images, denoising as unknown as Denoising, painter); // see above
    /** Lets one plane of an image come, or what of it was asked for first. */
    const come = async (image: string): Promise<void> => {
      const at = pending.findIndex(({ plane }) => plane.image === image);
      pending.splice(at, 1)[0]!.come();
      await settled();
    };
    return { viewer, images, denoising, pictures, limits, come };
  }

  /** The depths of the planes of each picture of a kind. */
  const depthsOf = (pictures: readonly Picture[], kind: Picture["kind"]): (number | undefined)[][] =>
    pictures
      .filter((picture) => picture.kind === kind)
      .map((picture) =>
        [picture]
          .flatMap((one) =>
            "noisy" in one ? [one.noisy, one.denoised] : "spread" in one ? [one.denoised, one.spread] : [],
          )
          .map(({ place }) => place.Z),
      );

  it("is so of layers of one plane only; while they come, the picture of before stays", async () => {
    const { viewer, pictures, limits, come } = viewing();
    viewer.mode.value = "residual";
    for (const image of ["noisy", "denoised", "spread"]) await come(image);
    expect(viewer.shownMode.value).toBe("residual");
    expect(depthsOf(pictures, "residual")).toEqual([[1, 1]]);
    const shown = viewer.layers.value.left;
    expect(shown).toHaveLength(1);

    viewer.place.value = { C: 0, Z: 2, T: 0 };
    await come("noisy");
    expect([viewer.shownMode.value, viewer.layers.value.left]).toEqual(["residual", shown]);
    await come("denoised");
    expect(depthsOf(pictures, "residual")).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(limits.map((planes) => planes.map(({ place }) => place.Z))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(viewer.layers.value.left).not.toBe(shown);
    await come("spread");

    viewer.mode.value = "uncertainty";
    await settled();
    viewer.place.value = { C: 0, Z: 0, T: 0 };
    await come("denoised");
    await come("noisy");
    expect(viewer.shownMode.value).toBe("uncertainty");
    await come("spread");
    expect(depthsOf(pictures, "uncertainty")).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });

  it("stays while another image is denoised, and goes while it is itself", async () => {
    const { viewer, denoising, come } = viewing();
    for (const image of ["noisy", "denoised", "spread"]) await come(image);
    denoising.running.value = { job: "j", image: "another" };
    expect(viewer.after.value?.plane.image).toBe("denoised");
    denoising.running.value = { job: "j", image: "noisy" };
    expect(viewer.after.value).toBeUndefined();
  });

  it("is gone with the result", async () => {
    const { viewer, denoising, come } = viewing();
    viewer.mode.value = "residual";
    for (const image of ["noisy", "denoised", "spread"]) await come(image);
    viewer.place.value = { C: 0, Z: 2, T: 0 };
    await come("noisy");
    denoising.result.value = { image: imageOf("denoised otherwise") };
    expect(viewer.layers.value.left).not.toHaveLength(0); // the noisy image
    expect([viewer.modes.value, viewer.shownMode.value]).toEqual([["before"], "before"]);
    await come("denoised"); // too late
    await come("denoised otherwise");
    expect(viewer.modes.value).toEqual(["split", "before", "after", "residual"]);
  });
});

it("that stored runs cannot be listed is shown, unless they were asked for in passing", async () => {
  const engine = engineOf({
    runs: async () => {
      throw new Error("the storage cannot be read");
    },
  });
  const methods = { value: [] } as unknown as Parameters<typeof createTraining>[2]; // it does not change
  const training = createTraining(engine, createImages(engine), methods);
  await training.refresh({ quietly: true });
  expect(training.failure.value).toBeUndefined();
  await training.refresh();
  expect(training.failure.value).toMatchObject({ title: "The stored trainings cannot be listed" });
});
