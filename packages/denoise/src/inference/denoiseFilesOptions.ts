import type { ForeignReader } from "../model/loadModel.js";
import type { ClassicalMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { ContenderSource } from "./contender.js";
import type { FrameGroups } from "./frameStack.js";
import type { MethodThreads } from "./methodThreads.js";
import type { InputPlanes } from "./openInput.js";
import type { InputFile } from "./planFiles.js";
import type { ReadyModel } from "./readyModel.js";
import type { DenoiserRecord } from "./resultRecord.js";

/** Models, models for channels, a classical method, or that one which each file prefers. */
export type DenoiseFilesOptions = DenoisedImages & DenoiserChoice;

/** What denoises. */
export type DenoiserChoice = ByModels | ByModelsOfChannels | ByMethod | Automatically;

interface ByModels {
  /** The methods that models may be of. */
  readonly methods: MethodRegistry;
  /** A model file, or a folder that `train` has written; of several, the mean of their results is taken. */
  readonly model: string | readonly string[];
  /** Reads models of other programs. Default: those of this one alone. */
  readonly foreign?: ForeignReader | undefined;
  readonly models?: undefined;
  readonly method?: undefined;
  /** A file of a `NoiseMeasurement`: the noise of all files, of models that see its level (`noiseLevelMap`). Default: estimated on each page. */
  readonly noise?: string | undefined;
  /** Which channels of a file with several are denoised, by name or zero-based index; the others are copied as they are. Default: each by itself. */
  readonly channel?: ChannelNames | undefined;
}

type ChannelNames = string | number | readonly (string | number)[];

interface ByModelsOfChannels {
  readonly methods: MethodRegistry;
  /** A model, or several, for each of some channels, by name or zero-based index; the others are copied as they are. */
  readonly models: readonly {
    readonly channel: string | number;
    readonly model: string | readonly string[];
  }[];
  /** As of models for all channels. */
  readonly noise?: string | undefined;
  readonly foreign?: ForeignReader | undefined;
  readonly model?: undefined;
  readonly method?: undefined;
  readonly channel?: undefined;
}

interface ByMethod {
  /** Its parameters are chosen on each file by itself; it needs no device and no clean image. */
  readonly method: ClassicalMethod;
  /** A file of a `NoiseMeasurement`: the noise of all files, where it is not to be estimated on each page. Of methods that take it (`takesNoise`). */
  readonly noise?: string | undefined;
  readonly model?: undefined;
  readonly models?: undefined;
  /** As of models. */
  readonly channel?: ChannelNames | undefined;
}

interface Automatically {
  /** The methods to choose from. */
  readonly methods: MethodRegistry;
  /** The classical method whose J-invariant loss is least is taken for each file, or channel of one (see `chooseClassical`). */
  readonly method: "automatic";
  /** As of a method; those that look at the noise take it. */
  readonly noise?: string | undefined;
  /** Models that are made when it is known which files are denoised, and compared with the classical methods (see `compareContender`). Default: none. */
  readonly contenders?: ContenderSource | undefined;
  /** Models that come with the program: each file is denoised by the one that foretells its hidden pixels better than the best classical method, or its mean with that (see `compareReadyModel`). Default: none. They need a device; where there is none, the classical method does it, and the result says so. */
  readonly ready?: readonly ReadyModel[] | undefined;
  /**
   * Where the device is lost while a model is compared or applied: true, and the best classical method denoises the file, and the result says so, for whoever opens another device for the next file. Default
   * false: the `DeviceError` is thrown, as files that come after it would have another method than those before.
   */
  readonly surviveLoss?: boolean | undefined;
  /** What records say that was asked for, beside the method. */
  readonly asked?: DenoiserRecord["options"] | undefined;
  readonly model?: undefined;
  readonly models?: undefined;
  readonly channel?: ChannelNames | undefined;
}

/** What is done with which images. */
export interface DenoisedImages extends InputPlanes {
  /** Paths with optional page ranges, alone or with a folder for the result below `out`. */
  readonly files: readonly (string | InputFile)[];
  /** The folder for the results. */
  readonly out: string;
  /** Of models that see several captures of an image at once: the axis along which these lie, one behind the other. Default T. */
  readonly captures?: FrameGroups["axis"] | undefined;
  /**
   * Of models: which grey values become the network's range, those of the training data or those of each file. Default "model"; "image" for a
   * model whose training normalised each batch by itself, and where one model is for all channels of a file with several.
   */
  readonly normalization?: "model" | "image";
  /**
   * Writes `<name>.report.html` and `<name>.report.json` beside each result (see `assessPage`), `<name>.c0.report.html` and so on for each denoised channel of a file with several. Default
   * false. Of a stack, eight pages evenly spread are assessed.
   */
  readonly report?: boolean;
  /** Of models: average the results for the eight orientations of each page, or the four that keep the axis of its noise (see `orientationsOf`). Default: as each model's configuration says. */
  readonly ensemble?: boolean;
  /** Of models: false leaves out the method without training that their results are a mean with, so that they are the networks' alone. Default true. */
  readonly blend?: boolean;
  /**
   * Of models: writes a map below `out` for each result, pixel by pixel, float32, in grey values. With one model that was calibrated on held-out pages, `uncertainty/<name>.tif`: the standard
   * deviation of the error (see `calibrateUncertainty`). Otherwise `scatter/<name>.tif`: that between passes, which is no error bar. It is taken over so many passes: with one model those in
   * which something is drawn anew (see `sampledPasses`), at least 2; with several, one pass of each, and this is their number.
   */
  readonly uncertainty?: number;
  /**
   * Of one model that draws signals (see `TrainedMethod.posteriorSample`): writes so many of each page, `samples/<name>`, in the type of the result and with what is true of them of its metadata; see `sampleStack` for their axis.
   * The same ones each time, and more of them go on from fewer. Where the result is the plain mean of n signals in the page's own orientation, that is of the first n.
   */
  readonly samples?: number;
  /** The pixel type of results, and of samples. Default: that of each input, in which integers are rounded and clipped. In float32 nothing is; a result of a format of integers (PNG) is then a TIFF. */
  readonly dtype?: "float32" | undefined;
  /** Results that are there already are replaced where this program made them: they are recorded in `denoised.json`, or say so themselves. Default false: they are refused. */
  readonly overwrite?: boolean;
  /** Files whose results are there already are left out, whatever made these: so a batch goes on. A file in the place of a result that cannot be read or has other pages fails. Reports and maps without a result are made anew. Default false. */
  readonly skipExisting?: boolean;
  /** Files that the command should not have named are left out like those that cannot be used. Default false. */
  readonly keepGoing?: boolean;
  /**
   * Pages of more pixels are read, denoised and written by bands of rows, so that they are never whole in memory, where the result does not depend on the page as a whole: of models, and of
   * a method with a short reach; not where a page is assessed for a report. It is the same result. Default 2^25.
   */
  readonly largestPage?: number;
  /**
   * Threads in which methods without training are compared and applied, several pages of a file at once (`methodThreads` of the package that has the methods). The pages at work have together no more pixels than one
   * of `largestPage`, and are written in order; it is the same result. Default: all in the calling thread.
   */
  readonly threads?: MethodThreads | undefined;
}
