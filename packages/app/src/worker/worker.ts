import "./withoutEval.js";
import { expose, transfer } from "comlink";
import type { Engine } from "../engine/engine.js";
import { type Holder, holdLock } from "../engine/holdLock.js";
import { machine } from "./device.js";
import { failing } from "./failures.js";
import {
  closeImage,
  imageWithAxes,
  openedImage,
  openFiles,
  openSample,
  openUrl,
} from "./images/openImages.js";
import { readPlane } from "./images/readPlane.js";
import { asJob, finishJob, stopJob } from "./jobs.js";
import { methodForms } from "./models/methodForms.js";
import { readyModels } from "./models/readyModels.js";
import { storageState } from "./storageState.js";
import { runNames } from "./training/runNames.js";

// Loaded when they are needed, so that the page is there soon.
const denoising = () => import("./denoising/denoiseImage.js");
const training = () => import("./training/trainRun.js");
const stored = () => import("./training/storedRuns.js");
const values = () => import("./training/checkValues.js");
const models = () => import("./models/openModel.js");
const ready = () => import("./models/openReadyModel.js");
const exporting = () => import("./models/exportedModel.js");
const exportable = () => import("./models/modelFiles.js");

const engine: Omit<Engine, "keepStorage"> & Holder = {
  holdLock,
  machine,
  methods: methodForms,
  open: openFiles,
  openUrl,
  openSample,
  withAxes: async (image, axes) => imageWithAxes(image, axes),
  close: closeImage,
  plane: async (image, place, longest, region) => {
    const pixels = await readPlane(openedImage(image).source, place, longest, region);
    return transfer(pixels, [pixels.data.buffer as ArrayBuffer]); // its own
  },
  denoise: (request, events) =>
    asJob(request.job, async ({ signal }) => (await denoising()).denoiseImage(request, events, signal)),
  check: async (request) => (await values()).checkValues(request),
  train: (request, events) =>
    asJob(request.job, async (signals) => (await training()).trainRun(request, events, signals)),
  resume: ({ job, run }, events) =>
    asJob(job, async (signals) => (await training()).resumeRun(run, events, signals)),
  stop: async (job) => stopJob(job),
  finish: async (job) => finishJob(job),
  runs: async () => {
    const names = await runNames();
    return names.length > 0 ? (await stored()).storedRuns(names) : [];
  },
  removeRun: async (run) => (await stored()).removeRun(run),
  openModel: async (file) => (await models()).openModel(file),
  readyModels: async () => readyModels(),
  openReadyModel: async (name) => (await ready()).openReadyModel(name),
  modelFiles: async (model) => (await exportable()).modelFiles(model),
  exportModel: async (...asked) => (await exporting()).exportedModel(...asked),
  storage: storageState,
};

expose(failing(engine));
