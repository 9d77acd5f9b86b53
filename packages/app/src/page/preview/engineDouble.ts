import { describeConfiguration, describeMethod } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import type {
  DenoisedImage,
  Engine,
  EngineError,
  MethodForm,
  NamedBlob,
  OpenedImage,
} from "../../engine/engine.js";
import { pause } from "./pause.js";
import type { Scenario } from "./scenario.js";
import { type Kind, simulatedImage, simulatedPlane, simulatedRegion } from "./simulatedImages.js";
import { trainingDouble } from "./trainingDouble.js";

const failed = (sentence: string, internal = false): EngineError => ({ sentence, stopped: false, internal });

const file = (name: string): NamedBlob => ({ name, blob: new Blob([new Uint8Array(1_048_976)]) });

const FRONT = ["updates", "batch", "crop", "learningRate"];

function forms(available: boolean): MethodForm[] {
  return methods.all.map((method) => ({
    ...describeMethod(method),
    keys:
      method.kind === "trained" ? describeConfiguration(method).filter(({ key }) => key !== "preset") : [],
    front: FRONT,
    available: available || method.kind === "classical",
  }));
}

interface Held {
  readonly image: OpenedImage;
  readonly kind: Kind;
  readonly seed: number;
}

/** An engine of simulated images, which pretends to denoise and to train. */
export function engineDouble(scenario: Scenario): Engine {
  const held = new Map<string, Held>();
  const [stopped, enough] = [new Set<string>(), new Set<string>()];
  let count = 0;
  /** Whether something was denoised. */
  let again = false;

  function hold(name: string, kind: Kind, seed: number, like?: OpenedImage): OpenedImage {
    count++;
    const stack = name.startsWith("plane")
      ? []
      : ([
          ["C", 2],
          ["Z", 5],
        ] as const);
    const made = like
      ? { ...like, id: `image-${count}`, name }
      : simulatedImage(`image-${count}`, name, scenario.doubtful ? [["T", 10]] : stack, scenario);
    held.set(made.id, { image: made, kind, seed });
    return made;
  }
  const get = (id: string): Held => {
    const found = held.get(id);
    if (!found) throw failed(`There is no image ${id}.`, true);
    return found;
  };
  const opening = async (): Promise<void> => {
    if (scenario.hold === "open") await new Promise(() => undefined);
    await pause(20);
  };

  return {
    ...trainingDouble(scenario, { stopped, enough }),
    machine: async () => {
      const advice = {
        gpu: undefined,
        processor:
          "Training and models run on the processor here, many times slower than on a GPU: this browser has no WebGPU; use a current Chrome or Edge, Safari 26, or Firefox on Windows or a Mac.",
        none: "Methods that are trained need WebGPU or WebAssembly with 128-bit vectors: this browser has no WebGPU; use a current Chrome or Edge, Safari 26, or Firefox on Windows or a Mac. Methods without training work all the same.",
      }[scenario.gpu];
      return {
        ...(scenario.gpu !== "none" && {
          adapter: { name: scenario.gpu === "gpu" ? "Apple M2" : "8 cores", kind: scenario.gpu },
        }),
        ...(advice !== undefined && { advice }),
        memoryGiB: scenario.memoryGiB,
      };
    },
    methods: async () => forms(scenario.gpu !== "none"),
    open: async (files) => {
      await opening();
      if (scenario.fail === "open") {
        const sentence =
          "cells.tif: expected a TIFF, got a file that ends after 512 of 524,800 bytes; it was cut off while it was copied. Copy it once more.";
        return { images: [], models: [], failures: [{ name: files[0]!.path, sentence }] };
      }
      return {
        images: files.map(({ path }, i) => hold(path, path.includes("clean") ? "clean" : "noisy", i + 1)),
        models: [],
        failures: [],
      };
    },
    openUrl: async (url) => {
      await opening();
      return hold(url.split("/").at(-1) ?? url, "noisy", 3);
    },
    openSample: async () => {
      await opening();
      if (scenario.fail === "internal") throw new TypeError("undefined is not a plane");
      return hold("sample.tif", "noisy", 0);
    },
    withAxes: async (id, axes) => {
      const { image, kind, seed } = get(id);
      const { axesDoubtful: _, ...rest } = image;
      count++;
      const words = { T: "time points", C: "channels", Z: "z planes", Y: "", X: "" };
      // The letters come from the page's own table of axes.
      const read = axes.split("") as OpenedImage["axes"];
      const made = {
        ...{ ...rest, id: `image-${count}`, axes: read, insteadOf: id },
        summary: `16-bit TIFF, ${rest.shape[0]} ${words[read[0]!]}, 384 x 384 pixels, 0.108 µm per pixel`,
      };
      held.delete(id);
      held.set(made.id, { image: made, kind, seed });
      return made;
    },
    close: async (id) => {
      held.delete(id);
    },
    plane: async (id, place, longest, region) => {
      const { kind, seed } = get(id);
      if (region) return simulatedRegion(kind, seed, place, region);
      return simulatedPlane(kind, seed, place, scenario.large ? 96 : longest);
    },
    denoise: async ({ job, image: id, by, visible, uncertainty }, events): Promise<DenoisedImage> => {
      const { image, seed } = get(id);
      const stops = (): boolean => stopped.has(job);
      events.onPhase(by.kind === "automatic" ? "Comparing methods on this image" : "Denoising");
      await pause(30, stops);
      if (scenario.fail === "denoise") {
        throw failed(
          `${image.name}: reading plane 3 failed, since the file has changed since it was opened. Open it again; nothing else is lost.`,
        );
      }
      if (scenario.fail === "internal")
        throw failed("TypeError: undefined is not a tile\n    at denoise", true);
      if (visible) {
        const { place, region } = visible;
        events.onPreview({ ...simulatedRegion("denoised", seed, place, region), place, region });
      }
      events.onPhase("Denoising the whole image");
      for (let done = 0; done < 10; done++) {
        events.onProgress({ done: done / 10, secondsLeft: 4 * (10 - done), text: `plane ${done + 1} of 10` });
        if (done === 4 && scenario.hold === (again ? "denoise again" : "denoise")) await pause(1e9, stops);
        await pause(10, stops);
      }
      again = true;
      const made = hold(image.name.replace(/\.tif$/, "-denoised.tif"), "denoised", seed, image);
      return {
        image: made,
        file: file(made.name),
        ...(by.kind === "automatic" && {
          chosen: "BM3D: it foretold hidden pixels best of seven methods, 6 % better than non-local means",
        }),
        notes: [],
        checks: [
          {
            sentence: "The residual looks like noise: pixels that are neighbours do not agree.",
            stands: "fine",
          },
          { sentence: "Brightness is kept: results are 0.1 % darker on average.", stands: "fine" },
          {
            sentence:
              "The residual shows structure in plane 3, around (212, 148): something real was taken away there. Do not measure it.",
            stands: "out",
          },
        ],
        report: file(`${image.name}-report.html`),
        ...(uncertainty === true && {
          uncertainty: {
            image: hold("uncertainty.tif", "uncertainty", seed, image),
            kind: "uncertainty",
            file: file("uncertainty.tif"),
          },
        }),
        seconds: 42,
        command: `clidim denoise ${image.name} --output denoised --report`,
      };
    },
    stop: async (job) => {
      stopped.add(job);
    },
    finish: async (job) => {
      enough.add(job);
    },
    readyModels: async () => [
      {
        name: "fluorescence",
        title: "Fluorescence, simulated",
        summary: "For images where there is no time to train.",
      },
    ],
    openReadyModel: async (name) => ({
      model: name,
      name: "Fluorescence, simulated",
      method: "clidim",
      summary: "CLIDiM (clidim@1), 12,000 updates",
    }),
    openModel: async ({ name }) => ({
      model: name,
      name,
      method: "care",
      summary: "CARE, 2,400 updates on 12 images",
      uncertainty: "uncertainty",
    }),
  };
}
