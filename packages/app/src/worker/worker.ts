import "./withoutEval.js";
import { expose } from "comlink";
import type { Engine } from "../engine/engine.js";
import { denoiseImage } from "./denoising/denoiseImage.js";
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
import { asJob, stopJob } from "./jobs.js";
import { methodForms } from "./models/methodForms.js";
import { openModel } from "./models/openModel.js";
import { storageSize } from "./storageSize.js";
import { checkValues } from "./training/checkValues.js";
import { removeRun, storedRuns } from "./training/storedRuns.js";

/** What is loaded when it is needed. */
const training = () => import("./training/trainRun.js");

const engine: Engine = {
  machine,
  methods: methodForms,
  open: openFiles,
  openUrl,
  openSample,
  withAxes: async (image, axes) => imageWithAxes(image, axes),
  close: closeImage,
  plane: (image, place, longest) => readPlane(openedImage(image).source, place, longest),
  denoise: (request, events) => asJob(request.job, (signal) => denoiseImage(request, events, signal)),
  check: async (request) => checkValues(request),
  train: (request, events) =>
    asJob(request.job, async (signal) => (await training()).trainRun(request, events, signal)),
  resume: ({ job, run }, events) =>
    asJob(job, async (signal) => (await training()).resumeRun(run, events, signal)),
  stop: async (job) => stopJob(job),
  runs: storedRuns,
  removeRun,
  openModel,
  exportModel: async (...asked) => (await import("./models/exportedModel.js")).exportedModel(...asked),
  storage: storageSize,
};

expose(failing(engine));
