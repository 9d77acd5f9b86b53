import { resolveConfiguration } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { describe, expect, it, vi } from "vitest";
import { automaticContrast } from "../../packages/app/src/engine/automaticContrast.js";
import type { DroppedFile, Engine, OpenedImage } from "../../packages/app/src/engine/engine.js";
import {
  bytesText,
  durationText,
  sentenceText,
  tensText,
  valueText,
} from "../../packages/app/src/page/controls/words.js";
import { atMost } from "../../packages/app/src/page/images/atMost.js";
import { axesReadings } from "../../packages/app/src/page/images/axesReadings.js";
import { droppedFiles } from "../../packages/app/src/page/images/droppedFiles.js";
import { contrastScale } from "../../packages/app/src/page/inspect/contrastScale.js";
import { histogramAxis } from "../../packages/app/src/page/inspect/histogramAxis.js";
import { plotColumns } from "../../packages/app/src/page/inspect/plotColumns.js";
import { failureOf } from "../../packages/app/src/page/session/failure.js";
import { createImages } from "../../packages/app/src/page/session/images.js";
import { createTraining, missingImages } from "../../packages/app/src/page/session/training.js";
import { scaleBar } from "../../packages/app/src/page/stage/scaleBar.js";
import {
  boundView,
  fitView,
  magnification,
  moveView,
  toImage,
  toStage,
  visibleRegion,
  withinImage,
  zoomView,
} from "../../packages/app/src/page/stage/view.js";
import {
  numberText,
  optionsOf,
  standardValue,
  typedNumber,
} from "../../packages/app/src/page/train/keyValues.js";
import { RUN_NAME } from "../../packages/app/src/page/train/runName.js";
import { histogramOf } from "../../packages/app/src/painter/histogram.js";
import { distancesAlong, valuesAlong } from "../../packages/app/src/painter/profile.js";
import { formKeys } from "../../packages/app/src/worker/models/formKeys.js";

const image = { width: 200, height: 100 };
const stage = { width: 424, height: 424 };

/** An engine whose every answer is in the test. */
const engineOf = (answers: Partial<Engine>): Engine => answers as Engine; // what is not asked for is not there

const opened = (id: string): OpenedImage =>
  ({ id, axes: ["Y", "X"], shape: [8, 8], channels: [] }) as unknown as OpenedImage; // as far as it is looked at

describe("what is open", () => {
  const engine = engineOf({
    open: async () => ({
      images: ["a", "b", "c"].map(opened),
      models: [{ model: "m", name: "m.zip", method: "care", summary: "" }],
      failures: [],
    }),
    close: async () => undefined,
    withAxes: async (id) => ({ ...opened(`${id} again`), insteadOf: id }),
  });
  const dropped: readonly DroppedFile[] = [{ path: "all.zip", file: new File([], "all.zip") }];

  it("has the models of archives too, and says that what was dropped cannot be read", async () => {
    const images = createImages(engine);
    expect(await images.open(Promise.resolve(dropped))).toMatchObject([{ name: "m.zip" }]);
    expect(images.models.value).toMatchObject([{ model: "m" }]);
    const gone = { sentence: "it is gone", stopped: false, internal: false };
    const opening = images.open(Promise.reject(gone));
    expect(images.opening.value).toBe("what was dropped");
    expect(await opening).toEqual([]);
    expect(images.failures.value).toEqual([{ name: "what was dropped", sentence: "it is gone" }]);
  });

  it("has axes that are asked about until somebody says what they are", async () => {
    const doubtful = { ...opened("a"), axesDoubtful: true };
    const images = createImages(engineOf({ openSample: async () => doubtful }));
    await images.openSample();
    expect(images.doubtful.value).toBe(doubtful);
    images.settleAxes("a");
    expect([images.doubtful.value, images.current.value]).toEqual([undefined, doubtful]);
  });

  it("is told apart where several are called alike, as are the files that are made of it", async () => {
    const called = (id: string, name: string, where: string): OpenedImage => ({
      ...opened(id),
      name,
      where,
    });
    const arrivals = [
      called("a", "cells.tif", "plate 1/cells.tif"),
      called("b", "other.tif", "plate 1/other.tif"),
      called("c", "cells.tif", "plate 2/cells.tif"),
      called("d", "cells.tif", "cells.tif"),
      called("e", "cells.tif", "cells.tif"),
      called("f", "cells.tif", "all.zip/cells.tif"),
    ];
    const images = createImages(
      engineOf({ openSample: async () => arrivals.shift()!, close: async () => undefined }),
    );
    const titles = () => images.list.value.map(images.titleOf);
    const file = { name: "cells.denoised.tif", blob: new Blob() };
    await images.openSample();
    expect([titles(), images.titled(file)]).toEqual([["cells.tif"], file]);
    while (arrivals.length > 0) await images.openSample();
    expect(titles()).toEqual([
      ...["plate 1/cells.tif", "other.tif", "plate 2/cells.tif", "cells.tif", "cells.tif (2)"],
      "all.zip/cells.tif",
    ]);
    const names = images.list.value.map(({ id }) => {
      images.select(id);
      return images.titled(file).name;
    });
    expect(names).toEqual([
      ...["plate_1-cells.denoised.tif", "cells.denoised.tif", "plate_2-cells.denoised.tif"],
      ...["cells.denoised.tif", "2-cells.denoised.tif", "all.zip-cells.denoised.tif"],
    ]);
    for (const id of ["a", "d", "e", "f"]) await images.close(id);
    expect(titles()).toEqual(["other.tif", "cells.tif"]);
  });

  it("is all that a training remembers of images", async () => {
    const images = createImages(engine);
    const methods = { value: [] } as unknown as Parameters<typeof createTraining>[2]; // it does not change
    const training = createTraining(engine, images, methods);
    await images.open(dropped);
    training.excluded.value = new Set(["a", "b"]);
    training.clean.value = new Map([
      ["b", "c"],
      ["c", "a"],
    ]);
    await images.close("a");
    expect([...training.excluded.value]).toEqual(["b"]);
    expect([...training.clean.value]).toEqual([["b", "c"]]);
    // The engine gives what it reads with other axes another name.
    await images.withAxes("b", "ZYX");
    await images.withAxes("c", "ZYX");
    expect(images.list.value.map(({ id }) => id)).toEqual(["b again", "c again"]);
    expect([...training.excluded.value]).toEqual(["b again"]);
    expect([...training.clean.value]).toEqual([["b again", "c again"]]);
  });
});

describe("what is dropped", () => {
  /** As browsers give folders: two entries at a time. */
  const folder = (fullPath: string, ...entries: object[]) => ({
    ...{ fullPath, isDirectory: true },
    createReader: () => ({
      readEntries: (resolve: (some: object[]) => void) => resolve(entries.splice(0, 2)),
    }),
  });
  const file = (fullPath: string) => ({
    ...{ fullPath, isDirectory: false },
    file: (resolve: (file: File) => void) => resolve(new File([], fullPath.split("/").at(-1)!)),
  });
  const transfer = (...entries: object[]): DataTransfer =>
    ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: [] }) as never; // as far as it is looked at

  it("has the files of folders, however many, with their paths", async () => {
    const deep = folder("/cells/b", file("/cells/b/0 #1.tif"));
    const many = ["0", "1", "2", "3", "50 %"].map((name) => file(`/cells/${name}.tif`));
    const found = await droppedFiles(transfer(folder("/cells", deep, ...many), file("/alone.png")));
    expect(found.map(({ path }) => path)).toEqual([
      "cells/b/0 #1.tif",
      ...["0", "1", "2", "3", "50 %"].map((name) => `cells/${name}.tif`),
      "alone.png",
    ]);
    expect(found.map(({ entry }) => entry)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });

  it("is counted by what it is, though several are called alike", async () => {
    const images = createImages(engineOf({ open: () => new Promise(() => undefined) }));
    const same = await droppedFiles(transfer(file("/img.tif"), file("/img.tif"), file("/other.tif")));
    void images.open(same);
    expect(images.opening.value).toBe("img.tif and 2 more");
  });

  it("says that a file of it cannot be read", async () => {
    const gone = {
      ...file("/a.tif"),
      file: (_: unknown, reject: (error: Error) => void) => reject(new Error("gone")),
    };
    await expect(droppedFiles(transfer(folder("/cells", gone)))).rejects.toMatchObject({
      sentence: expect.stringMatching(/cannot read it: gone; see whether it is still there/),
    });
  });
});

describe("the view of an image", () => {
  it("fits, with a margin", () => {
    expect(fitView(image, stage)).toEqual({ scale: 2, x: 100, y: 50 });
    expect(visibleRegion(fitView(image, stage), image, stage)).toEqual({ x: 0, y: 0, ...image });
  });

  it("keeps the point under the pointer while it zooms", () => {
    const point = { x: 300, y: 180 };
    const view = fitView(image, stage);
    const larger = zoomView(view, 3, point, image, stage);
    expect(larger.scale).toBeCloseTo(6, 12);
    const [before, after] = [toImage(view, stage, point), toImage(larger, stage, point)];
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
    const back = toStage(larger, stage, after);
    expect(back.x).toBeCloseTo(point.x, 9);
    expect(back.y).toBeCloseTo(point.y, 9);
  });

  it("stays on the image, and between a quarter of what fits and 64 to one", () => {
    const view = fitView(image, stage);
    expect(moveView(view, { x: 1e6, y: -1e6 }, image, stage)).toEqual({ scale: 2, x: 0, y: 100 });
    expect(boundView({ ...view, scale: 1e9 }, image, stage).scale).toBe(64);
    expect(boundView({ ...view, scale: 0 }, image, stage).scale).toBe(0.5);
  });

  it("shows a pixel on one of the screen, of which there are more than CSS pixels", () => {
    vi.stubGlobal("devicePixelRatio", 2);
    try {
      const near = { scale: 4, x: 100, y: 50 };
      const pixels = zoomView(near, 1 / magnification(near), { x: 212, y: 212 }, image, stage);
      expect([pixels.scale, magnification(pixels)]).toEqual([0.5, 1]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("has the nearest point of the image for one beside it", () => {
    expect(withinImage({ x: -3, y: 140 }, image)).toEqual({ x: 0, y: 100 });
    expect(withinImage({ x: 30, y: 40 }, image)).toEqual({ x: 30, y: 40 });
  });

  it("sees whole pixels, within the image", () => {
    const view = { scale: 10, x: 190, y: 50 };
    const region = visibleRegion(view, image, stage);
    expect(region).toEqual({ x: 168, y: 28, width: 32, height: 44 });
  });
});

describe("the profile", () => {
  /** Grey value 10 x + y at the middle of the pixel (x, y). */
  const plane = (width: number, height: number, step: number) => ({
    width,
    height,
    data: Float32Array.from(
      { length: width * height },
      (_, i) => step * (10 * (0.5 + (i % width)) + 0.5 + Math.floor(i / width)),
    ),
    least: 0,
    greatest: 1,
    low: 0,
    high: 1,
  });
  const line = { from: { x: 2, y: 3 }, to: { x: 5, y: 7 } };

  it("is interpolated, a pixel apart", () => {
    const distances = distancesAlong(line);
    expect(distances).toEqual([0, 1, 2, 3, 4, 5]);
    const values = valuesAlong(plane(20, 20, 1), { width: 20, height: 20 }, line, distances);
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(10 * (2 + 0.6 * i) + 3 + 0.8 * i, 4);
    });
  });

  it("is the same along a plane that came reduced", () => {
    const distances = distancesAlong(line);
    const values = valuesAlong(plane(10, 10, 2), { width: 20, height: 20 }, line, distances);
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(10 * (2 + 0.6 * i) + 3 + 0.8 * i, 4);
    });
  });

  it("of a point has one value twice", () => {
    const point = { from: { x: 2, y: 2 }, to: { x: 2, y: 2 } };
    const distances = distancesAlong(point);
    expect(valuesAlong(plane(20, 20, 1), { width: 20, height: 20 }, point, distances)).toEqual([22, 22]);
  });
});

it("a curve ends at what is not finite, which no axis reaches, and joins across what was not measured", () => {
  const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, null, 2];
  const series = { name: "before", colour: "--stage-before", values } as const;
  expect(plotColumns([0, 1, 2, 3, 4], [series])).toEqual([
    [0, 1, 2, 3, 4],
    [null, 1, null, undefined, 2],
  ]);
});

it("a training is called in letters of any script", () => {
  const pattern = new RegExp(`^(?:${RUN_NAME})$`, "v"); // as browsers read it
  for (const name of ["noise2void-1", "Zellen_ü", "Zellen u\u0308", "細胞 2.1"])
    expect(name).toMatch(pattern);
  for (const name of ["a/b", "a\\b", "", "what?"]) expect(name).not.toMatch(pattern);
});

describe("contrast", () => {
  const facts = { width: 8, height: 8, least: 0, greatest: 5000, low: 10, high: 110 };

  it("has an axis up to what most pixels are below, and for any plane", () => {
    expect(histogramAxis(facts, false)).toMatchObject({ least: 0, greatest: 140, bins: 192 });
    expect(histogramAxis(facts, true)).toEqual({ least: 0, greatest: 140, bins: 140 });
    const constant = { ...facts, least: 100, greatest: 100, low: 100, high: 100 };
    expect(histogramAxis(constant, true)).toEqual({ least: 100, greatest: 101, bins: 1 });
    expect(histogramAxis({ ...constant, least: 1e9, greatest: 1e9 }, false).bins).toBeGreaterThan(0);
    const sparse = { ...facts, low: 0, high: 0 };
    expect(histogramAxis(sparse, true).greatest).toBeGreaterThanOrEqual(5000);
  });

  it("is that of the percentiles, or of what is brighter than the background", () => {
    expect(automaticContrast(facts)).toEqual({ low: 10, high: 110 });
    expect(automaticContrast({ ...facts, low: 0, high: 0 })).toEqual({ low: 0, high: 5000 });
    expect(automaticContrast({ low: 100, high: 100, greatest: 100 })).toEqual({ low: 100, high: 101 });
  });

  it("is chosen over the axis, and beyond it up to the brightest pixel", () => {
    const scale = contrastScale(0, 140, 5000);
    expect([scale.valueAt(0), scale.valueAt(scale.last)]).toEqual([0, 5000]);
    for (const value of [0, 70, 140, 140 + 4860 / 2]) {
      expect(scale.valueAt(scale.positionOf(value))).toBeCloseTo(value, 9);
    }
    expect(scale.positionOf(70)).toBe(scale.positionOf(140) / 2);
    const whole = contrastScale(0, 140, 130);
    expect(whole.valueAt(whole.last)).toBe(140);
  });
});

it("the histogram counts what is between its ends", () => {
  const data = Float32Array.of(0, 0.9, 1, 2, 4, 5, Number.NaN, -1);
  const pixels = { width: 8, height: 1, data, least: 0, greatest: 5, low: 0, high: 5 };
  expect([...histogramOf(pixels, 0, 4, 4)]).toEqual([2, 1, 1, 1]);
});

it("the scale bar is 1, 2 or 5 times a power of ten, and no longer than it may be", () => {
  const pixelSize = { size: 0.108, unit: "µm" };
  expect(scaleBar(pixelSize, 1, 120)).toEqual({ width: 10 / 0.108, text: "10 µm" });
  expect(scaleBar(pixelSize, 7, 120).text).toBe("1 µm");
  for (const scale of [0.01, 0.3, 1, 12, 64]) {
    const { width } = scaleBar(pixelSize, scale, 120);
    expect(width).toBeLessThanOrEqual(120);
    expect(width).toBeGreaterThan(120 / 2.6);
  }
});

it("axes are read in every order that as many may have", () => {
  const readings = axesReadings({ axes: ["T", "Y", "X"], shape: [10, 64, 64] });
  expect(readings).toEqual([
    { axes: "TYX", text: "10 time points" },
    { axes: "CYX", text: "10 channels" },
    { axes: "ZYX", text: "10 z planes" },
  ]);
  expect(axesReadings({ axes: ["T", "C", "Y", "X"], shape: [1, 2, 8, 8] }).map(({ text }) => text)).toEqual([
    "1 time point, 2 channels",
    "1 time point, 2 z planes",
    "1 channel, 2 time points",
    "1 channel, 2 z planes",
    "1 z plane, 2 time points",
    "1 z plane, 2 channels",
  ]);
  expect(axesReadings({ axes: ["T", "C", "Z", "Y", "X"], shape: [1, 2, 3, 8, 8] })).toHaveLength(6);
  expect(axesReadings({ axes: ["Y", "X"], shape: [8, 8] })).toEqual([]);
});

describe("values of a form", () => {
  const typed = (kind: "number" | "whole number", allowed: string, text: string): unknown => {
    const read = typedNumber({ kind, allowed }, text);
    return "value" in read ? read.value : read.problem;
  };

  it("are numbers of the kind and range that is allowed", () => {
    const range = "a number from 1e-9 to 1";
    expect(typed("number", range, "0.002")).toBe(0.002);
    expect(typed("number", range, "1e-9")).toBe(1e-9);
    for (const text of ["", " ", "x", "2", "0", "Infinity"]) {
      expect(typed("number", range, text), text).toBe(`Expected ${range}.`);
    }
    expect(typed("whole number", "a whole number from 1 to 512", "12.5")).toMatch(/^Expected/);
    expect(typed("whole number", "an odd number from 3 to 7", "5")).toBe(5);
    expect(typed("whole number", "an odd number from 3 to 7", "4")).toMatch(/^Expected/);
    expect(typed("whole number", "1, 8", "8")).toBe(8);
    expect(typed("whole number", "1, 8", "2")).toMatch(/^Expected/);
  });

  it("are typed key by key", () => {
    const field = { kind: "number", allowed: "a number from 0 to 10" } as const;
    for (const whole of ["1.5", "0.84", "0.05", "1e-3", "10.0"]) {
      let shown = "";
      for (const key of whole) {
        const typed = shown + key;
        const read = typedNumber(field, typed);
        shown = "value" in read ? numberText(typed, read.value) : typed;
        expect(shown).toBe(typed);
      }
    }
    // What is set otherwise, or typed no longer.
    expect(numberText("1.", 2)).toBe("2");
    expect(numberText("", 0)).toBe("0");
    expect(numberText(undefined, 1)).toBe("1");
  });

  it("are the preset's where nothing else is said", () => {
    const key = {
      key: "loss",
      kind: "choice",
      allowed: "mae, mse",
      description: "",
      default: "mae",
      presets: { laptop: "mse" },
    } as const;
    expect(standardValue(key, { keys: [key], preset: "laptop", values: {} })).toBe("mse");
    expect(standardValue(key, { keys: [key], preset: "n2v", values: {} })).toBe("mae");
    expect(optionsOf(key)).toEqual(["mae", "mse"]);
    expect(optionsOf({ ...key, kind: "list", allowed: "a list of left, right" })).toEqual(["left", "right"]);
  });

  it("are the mode's where another is chosen, as the configuration has them", () => {
    const clidim = methods.trainedNamed("clidim");
    const keys = formKeys(clidim);
    /** What is contrasted with; undefined where the preset refuses the mode. */
    const resolved = (preset: string, mode: string): Readonly<Record<string, unknown>> | undefined => {
      try {
        const found: unknown = resolveConfiguration(clidim, preset, { contrastive: { mode } });
        return (found as { readonly contrastive: Readonly<Record<string, unknown>> }).contrastive; // it has one
      } catch (error) {
        if (error instanceof InputError) return undefined;
        throw error;
      }
    };
    const modes = optionsOf(keys.find(({ key }) => key === "contrastive.mode")!);
    const compared = clidim.space.presets.flatMap((preset) =>
      modes.flatMap((mode) =>
        Object.entries(resolved(preset, mode) ?? {}).flatMap(([name, value]) => {
          if (name === "mode") return [];
          const field = keys.find(({ key }) => key === `contrastive.${name}`)!;
          const shown = standardValue(field, { keys, preset, values: { "contrastive.mode": mode } });
          return [{ where: `${preset}, ${mode}, ${name}`, value, shown }];
        }),
      ),
    );
    expect(compared.length).toBeGreaterThan(50);
    for (const { where, value, shown } of compared) expect(shown, where).toEqual(value);
  });

  it("are all chosen among what may be chosen", () => {
    for (const method of methods.all) {
      if (method.kind !== "trained") continue;
      const keys = formKeys(method);
      for (const field of keys.filter(({ kind }) => kind === "choice")) {
        const said = method.space.presets.map((preset) => standardValue(field, { keys, preset, values: {} }));
        const options = optionsOf(field);
        for (const value of said.filter((one) => one !== undefined)) expect(options).toContain(value);
      }
    }
    const blend = formKeys(methods.trainedNamed("clidim")).find(({ key }) => key === "blend")!;
    expect(optionsOf(blend)).toEqual(["none", ...methods.classical.map(({ name }) => name)]);
  });
});

it("sizes, times and grey values are as exact as anybody needs", () => {
  expect([12, 1500, 1_048_976, 52_428_800, 99_600_000, 999_900_000].map(bytesText)).toEqual([
    "12 bytes",
    "1.5 KB",
    "1.0 MB",
    "52 MB",
    "100 MB",
    "1000 MB",
  ]);
  expect([2, 24, 54, 90, 3600, 5400].map(durationText)).toEqual([
    "a few seconds",
    "25 seconds",
    "55 seconds",
    "about 2 minutes",
    "about 1 hour",
    "about 1.5 hours",
  ]);
  expect([0, 0.001234, 1.2345, 334.4, 1e8, Number.NaN].map(valueText)).toEqual([
    "0",
    "1.23e-3",
    "1.23",
    "334",
    "1.00e+8",
    "no number",
  ]);
});

it("how far something is is spoken in tens of percent", () => {
  expect([0, 0.04, 0.1, 0.64, 1].map(tensText)).toEqual(["0 %", "0 %", "10 %", "60 %", "100 %"]);
});

it("methods that need other images than are open say which", () => {
  const image = {
    id: "a",
    name: "a.tif",
    format: "TIFF",
    axes: ["Y", "X"],
    shape: [8, 8],
    dtype: "uint16",
    width: 8,
    height: 8,
    channels: [],
    summary: "",
    notes: [],
  } as const;
  const series = { ...image, axes: ["T", "Y", "X"], shape: [4, 8, 8] } as const;
  const said = (target: "clean" | "capture" | "none", open: (typeof image | typeof series)[]) =>
    missingImages({ target }, open);
  expect(said("none", [image])).toBeUndefined();
  expect(said("clean", [image])).toMatch(/^Open a clean image/);
  expect(said("clean", [image, image])).toBeUndefined();
  expect(said("clean", [series])).toBeUndefined();
  expect(said("capture", [image, image])).toMatch(/^Open a time series/);
  expect(said("capture", [series])).toBeUndefined();
  expect(missingImages({}, [])).toBeUndefined();
});

it("sentences begin with a capital and end with a full stop, names stay as they are", () => {
  expect(sentenceText("there is one page only")).toBe("There is one page only.");
  expect(sentenceText("The light is kept.")).toBe("The light is kept.");
  expect(sentenceText("cells.tif: it ends early")).toBe("cells.tif: it ends early.");
  expect(sentenceText("configuration: crop is 63; allowed: 64")).toBe(
    "configuration: crop is 63; allowed: 64.",
  );
});

describe("what the engine was rejected with", () => {
  it("is a sentence; nothing where the user stopped it; with details where it is the program's mistake", () => {
    expect(failureOf({ sentence: "It is full.", stopped: false, internal: false })).toEqual({
      sentence: "It is full.",
    });
    expect(failureOf({ sentence: "Stopped.", stopped: true, internal: false })).toBeUndefined();
    expect(failureOf({ sentence: "TypeError: x", stopped: false, internal: true })).toMatchObject({
      sentence: expect.stringMatching(/^Something went wrong/),
      details: "TypeError: x",
    });
    expect(failureOf(new Error("no answer"))).toMatchObject({ details: expect.stringMatching(/no answer/) });
    expect(failureOf("odd")).toMatchObject({ details: "odd" });
  });
});

it("of much work so much is done at once, the rest in turn, and none that is no longer wanted", async () => {
  const begun: number[] = [];
  const ends: ((failed?: boolean) => void)[] = [];
  const unwanted = new Set<number>();
  const inTurn = atMost(2);
  for (let i = 0; i < 6; i++) {
    const work = (): Promise<void> => {
      begun.push(i);
      return new Promise((resolve, reject) => {
        ends[i] = (failed) => (failed ? reject(new Error("gone")) : resolve());
      });
    };
    inTurn(work, () => !unwanted.has(i));
  }
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
  expect(begun).toEqual([0, 1]);
  unwanted.add(2);
  ends[1]!(true);
  await settled();
  expect(begun).toEqual([0, 1, 3]);
  ends[0]!();
  ends[3]!();
  await settled();
  expect(begun).toEqual([0, 1, 3, 4, 5]);
});
