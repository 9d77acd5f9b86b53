import type { LazyPage, NoiseMeasurement, NoiseModel, Normalization, Plane } from "@clidim/imaging";
import type { LossScale, Variables } from "@clidim/nn";
import type { Tensor, Tree } from "@clidim/tensor";
import type { BatchMembers, TrainingBatch } from "./batch.js";
import type { BestSearch, PagePair } from "./bestSearch.js";
import type { ConfigurationSpace, Plain } from "./configurationSpace.js";
import type { MethodGuide } from "./guide.js";
import type { RunConfiguration } from "./runConfiguration.js";
import type { Steps } from "./steps.js";

/** Parameters and statistics of a trained method, under PyTorch's names in a model file. */
export type MethodVariables = Variables<Tree<Tensor>, Tree<Tensor>>;

/** What every denoising method says of itself. */
interface MethodCommon {
  /** As files and command lines have it: lower case, digits and hyphens. */
  readonly name: string;
  /** Of the meaning of its configuration and variables; in every model file and manifest as `name@version`. */
  readonly version: number;
  /** As it is written in a table. */
  readonly title: string;
  /** What it does and what it needs, in a sentence, with the source. */
  readonly summary: string;
  /** When to take it, and when not. */
  readonly guide: MethodGuide;
}

/** Along which axis neighbouring pixels share noise. */
export type SharedNoise = "horizontal" | "vertical";

/** A part of a noisy page that methods are compared on, and the noise of the page. */
export interface ComparedPart {
  readonly part: Plane;
  readonly noise: NoiseModel;
  /** The axis along which neighbouring pixels share noise, where they do: they are hidden together. */
  readonly along?: SharedNoise;
}

/** How well a method does on noisy pages alone (`chooseClassical`). */
export interface Contest<P = Plain> {
  /** Parameters few and far between, of which some pages want each. */
  readonly candidates: readonly P[];
  /**
   * How well it foretells pixels that it does not see: of a set of pixels, the `set`th of 16 that have all pixels of the part between them, what it makes of them where the part
   * has them replaced by what lies around them less these, in grey values. The same pixels in the same order for all methods. Parts of at least `smallest` pixels. Where
   * pixels share noise (`noise.correlation`), `addedNoiseErrors`.
   */
  hiddenErrors(part: ComparedPart, set: number, parameters: P): readonly number[];
}

/** The work on one page in rounds of tasks; those of a round do not need one another, and may be done at the same time in several threads. */
export interface Division<P = Plain> {
  /** How many rounds there are, each about as much work. */
  readonly rounds: number;
  /** Yields the tasks of each round, plain data, `count` of them or fewer, wants what `work` makes of them, in their order, and returns what `apply` does, to the last bit, whatever the count. */
  divide(
    page: Plane,
    parameters: P,
    noise: NoiseModel | undefined,
    count: number,
  ): Generator<readonly unknown[], Plane, readonly Plane[]>;
  /** One of these tasks, in steps that say what part of it is done. */
  work(task: unknown): Steps<Plane, number>;
}

/** A method without networks: pages in, pages out, on the host. Its parameters are chosen for the images at hand. */
export interface ClassicalMethod<P = Plain> extends MethodCommon {
  readonly kind: "classical";
  /** Takes minutes on a few pages of 512 x 512 pixels. */
  readonly slow: boolean;
  /** The side of the smallest page that it can be applied to, pixels. */
  readonly smallest: number;
  /** It stabilises the variance of the noise, which it estimates on each page unless it is told; absent where noise models are nothing to it. */
  readonly takesNoise?: true;
  /** Searches the parameters whose results are nearest to clean pages (mean PSNR): an oracle, to be compared with. */
  best(pairs: readonly PagePair[]): BestSearch<P>;
  /**
   * The parameters that suit noisy pages best as far as these tell by themselves, for use where there are no clean ones. At least one page, all of `smallest` or more;
   * a method may look at some of them, and at parts of these. The noise is that of all pages, where it was measured.
   */
  fit(pages: readonly Plane[], noise?: NoiseModel): Steps<P>;
  /** What it is judged by where a method is to be chosen by the noisy pages alone; absent: it is not among those that are chosen from. */
  readonly contest?: Contest<P>;
  /** One page in grey values, denoised. */
  apply(page: Plane, parameters: P, noise?: NoiseModel): Plane;
  /** The same in steps, of methods that take more than a second for a page: each says what part of the page is done. */
  applyInSteps?(page: Plane, parameters: P, noise?: NoiseModel): Steps<Plane, number>;
  /** How `apply` is divided among threads, of methods that take seconds for a page. */
  readonly division?: Division<P>;
  /** How many pixels around one, to each side, are all that its result depends on; absent where that is the page. Pages larger than memory are then denoised by bands. */
  reach?(parameters: P): number;
  /** Parameters in words: "sigma 1.02 pixels". */
  describe(parameters: P): string;
}

/**
 * What a method is trained towards. "clean": a clean image of each noisy one. "capture": another noisy capture of the same scene. "none": the noisy images are all
 * there is.
 */
export type Target = "clean" | "capture" | "none";

/** What one update draws on beside state and batch. */
export interface UpdateContext {
  /** Updates done, an f32 scalar (exact up to 2^24). */
  readonly update: Tensor;
  /** A key of this update's own. */
  readonly key: Tensor;
  /** With precision mixed, see `scaledOptimizer`. */
  readonly lossScale: LossScale | undefined;
}

/** What one update comes to. */
export interface Updated<S> {
  readonly state: S;
  /** f32 scalars by the names in `metrics`; those that are not given count as 0. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** With precision mixed: the loss scale for the next update. */
  readonly lossScale?: LossScale;
  /** With precision mixed: whether any network was trained, bool. The metrics of an update that was skipped may be no numbers, and do not count. */
  readonly taken?: Tensor | undefined;
}

/** A part of a training run in which every update is the same function, or nearly every one. */
export interface TrainingPhase<S = Tree<Tensor>> {
  /** Its first update, counted from 0. */
  readonly from: number;
  /** It trains parts that the network's result does not come from yet: that result is not validated, and what is validated later does not count it as a state to go back to or to choose. */
  readonly preparing?: true;
  /** Pure, to be compiled. The batch is in network values and has the members that `members` asks for. */
  step(state: S, batch: TrainingBatch, context: UpdateContext): Updated<S>;
  /** What takes the place of `step` where the number of updates done is a multiple of `every`: with a term that costs too much to be computed each time. */
  readonly periodic?: Pick<TrainingPhase<S>, "step"> & { readonly every: number };
}

/** How a training goes on from an earlier state, after what came behind that did harm. */
export interface Remedy<C> {
  /** For the rest of the training. The states of this configuration have the same tensors, and its batches the same members. */
  readonly configuration: C;
  /** What is different, in words that go on after "training goes on": "with half the learning rate". */
  readonly words: string;
}

/** A figure in the progress line. */
export interface ShownMetric {
  readonly metric: string;
  readonly label: string;
  readonly digits: number;
}

/** How bad a network is on noisy images, as a mean over pixels. */
export type Held = {
  /** f32 scalar, the lower the better. */
  readonly loss: Tensor;
  /** The number of pixels that it is a mean over, f32 scalar: no network is judged by none. It depends on the shape of the images and on the key alone. */
  readonly pixels: Tensor;
};

/** What a network is judged by without clean images: noisy crops [N,H,W,1] in network values, sides being multiples of `geometry`'s. */
export type HeldImages = {
  readonly noisy: Tensor;
  /** Other captures of the same places; where the target is "capture". */
  readonly capture?: Tensor;
};

/** What a training is made from, before it begins. */
export interface TrainingImages {
  /** The noisy pages that are trained on, scene by scene; `oneField` where they are captures of one field of view. */
  readonly scenes: readonly {
    readonly name: string;
    readonly noisy: readonly LazyPage[];
    readonly oneField?: boolean;
  }[];
  /** The map from grey values to the network values that the method trains in. */
  readonly normalization: Normalization;
  /** The camera's noise, where it was measured for the training: of methods that take it (`takesNoise`). */
  readonly noise?: NoiseMeasurement;
  /** Is told, in a sentence each, what of them may not suit the method. */
  readonly tell?: (sentence: string) => void;
}

/** How a method is trained on images that it is then to denoise. */
export interface SuitedTraining {
  /** What that changes of its first preset. */
  readonly changes: Plain;
  /** Why this method, in words that go on after "as": "noise runs along rows". */
  readonly reason: string;
}

/** That minutes of training on images make a method denoise these. */
export interface SelfTraining {
  /** Fewer updates are not worth while. */
  readonly leastUpdates: number;
  /** More bring next to nothing, so that time is left. */
  readonly mostUpdates: number;
  /** How it is trained on images like these; undefined where another method suits them better. */
  suits(scenes: TrainingImages["scenes"]): Promise<SuitedTraining | undefined>;
}

/** What tiled inference and memory bounds need to know of a network. */
export interface Geometry {
  /** Image sides go through the network in multiples of it. */
  readonly multiple: number;
  /** Bytes that the widest activation takes in f32 for each pixel of the image. */
  readonly bytesPerPixel: number;
  /** Sides are no larger, of networks of one size; default: any. */
  readonly largest?: number;
}

/**
 * A pass through a trained network in which a key draws what differs from pass to pass; the spread of passes is an uncertainty. [N,H,W,1], or [N,H,W,2] with, in the second channel, the standard deviation that the
 * network itself predicts for the clean value: its square is added to that of the spread, and nothing need be drawn. What is drawn from few states is drawn without replacement, so that passes differ: by the `number` of the pass, a u32 scalar from 0, and the key `ofPage`, which is that of all passes over all of a page.
 */
export type Sampled = (
  variables: MethodVariables,
  x: Tensor,
  key: Tensor,
  pass: { readonly number: Tensor; readonly ofPage: Tensor },
) => Tensor;

/**
 * One of the signals that a trained network holds likely behind images, [N,H,W,1] like these in network values: `sample`, a u32 scalar, tells them apart, and stands for the same draws in every call. `origin` as of `apply`: pixels of two tiles at one place of the page are of one signal.
 */
export type PosteriorSample = (
  variables: MethodVariables,
  x: Tensor,
  sample: Tensor,
  origin?: Tensor,
) => Tensor;

/**
 * A method with networks, trained by gradient steps. The training loop, checkpoints, inference, evaluation and ablation know methods through this alone, so its state and
 * its configuration keys are its own business. Members are declared as methods: a registry holds methods of different configurations as
 * methods of some `RunConfiguration`, and hands a method nothing but what its own schema has parsed and its own `init` has made.
 */
export interface TrainedMethod<C extends RunConfiguration = RunConfiguration, S = Tree<Tensor>>
  extends MethodCommon {
  readonly kind: "trained";
  /** Its keys, presets and checks: files, flags, help and documentation come from these. */
  readonly space: ConfigurationSpace<C>;
  readonly target: Target;
  /** What a batch must hold beside the noisy crops and their targets. */
  members(configuration: C): BatchMembers;
  /** It learns with a model of the noise: it can be given one that was measured, which `prepare` makes part of the configuration. */
  readonly takesNoise?: true;
  /**
   * Along which axis pixels share the noise that a configuration is made for: a page that is turned by a quarter has it along the other, and is none of its kind. Training crops are then turned by halves alone, and a mean over orientations is over
   * the four that keep the axis. Absent, or undefined: a page in any orientation is as good.
   */
  noiseAxis?(configuration: C): SharedNoise | undefined;
  /** Changes of a configuration with which images of this side can be trained on; undefined where they are too small for any. */
  cropFor(configuration: C, side: number): Plain | undefined;
  /**
   * The configuration with those values that the training images decide, such as a choice that is "auto": it is what the training, its files and its messages have. Called once, before `init`; the same images give
   * the same. Members and crops do not depend on what it decides.
   */
  prepare?(configuration: C, images: TrainingImages): Promise<C>;
  /**
   * The configuration that a run which was begun with another is resumed with, where `prepare` makes `now` of its images: what is the same in both, but computed otherwise by a later version, is as it was begun. Where the two differ after that, the
   * resumption is refused. Absent: `now`.
   */
  resumed?(begun: C, now: C): C;
  /** Of methods that can be trained on the very images that they denoise: the first of the registry that suits them is, where there is time (`denoiseFilesWithin`). */
  readonly selfTraining?: SelfTraining;
  /** The names of its losses, in the order of the log. */
  readonly metrics: readonly string[];
  /** Those that a line of progress shows, in this order. */
  shown(configuration: C): readonly ShownMetric[];
  /** A state of fresh weights, and the key that the updates' own keys are folded from. The same seed (a whole number up to 2^53 - 1) gives the same. */
  init(configuration: C, seed: number): { readonly state: S; readonly key: Tensor };
  /** In order; the first from update 0. */
  phases(configuration: C): readonly TrainingPhase<S>[];
  /**
   * With `guard`, what a training goes on with that was taken back to its best state; undefined where there is nothing to change, so that it ends there. The configuration may be that of
   * an earlier remedy. Absent: half the `learningRate`.
   */
  afterCollapse?(configuration: C): Remedy<C> | undefined;
  /**
   * What shows, by the mean losses since the last line of the log, that a training has come to a state that no further update leads out of, such as a network that has ceased to look at the images: in words that go on after "after update 300";
   * undefined where all is well. `updates` is the number of those since the weights were fresh. It then begins again with fresh weights and, with `guard`, what `afterRestart` says; otherwise it ends with an error.
   */
  hopeless?(configuration: C, means: Readonly<Record<string, number>>, updates: number): string | undefined;
  /** What a training that begins again after so many updates goes on with; undefined where there is nothing left to try. The configuration may be that of an earlier remedy. */
  afterRestart?(configuration: C, update: number): Remedy<C> | undefined;
  /** What is applied and kept of a state. */
  variables(state: S): MethodVariables;
  /** Variables of the shapes that a configuration has, of any values: what a model file must hold. */
  template(configuration: C): MethodVariables;
  /** All trained weights of a state: what must be numbers. */
  weights(state: S): Tree<Tensor>;
  /**
   * Without clean images, how bad a network is on held-out crops. The key is the same in every call of a run. Needed where `target` is not "clean".
   */
  held?(configuration: C): (variables: MethodVariables, images: HeldImages, key: Tensor) => Held;
  /** The loss of `held` is minus the logarithm of a likelihood, in nats per pixel: differences of it mean something, ratios do not. */
  readonly heldLikelihood?: true;
  /**
   * The trained network as a pure function of images [N,H,W,1] in network values, sides being multiples of `geometry`'s. Of a method with `posteriorSample`, `origin` is where on a page that is cut into tiles these begin: row and column,
   * multiples of `geometry`'s, u32 [2]; what is drawn is then drawn for places of the page, so that it goes on from tile to tile. Absent: the images are all there is, or tiles that an ensemble turns one by one, each drawn by itself.
   */
  apply(configuration: C): (variables: MethodVariables, x: Tensor, origin?: Tensor) => Tensor;
  /** Passes that differ; or, in a sentence that goes on after "the model has", why there are none: "nothing that is drawn". */
  sampled(configuration: C): Sampled | string;
  /** Nothing is drawn in its passes: what they tell is the standard deviation that the network itself predicts. */
  readonly predictsDeviation?: true;
  /** Of methods that know of many likely signals of an image: each of them. Where the result is their plain mean, it is that of the first ones. */
  posteriorSample?(configuration: C): PosteriorSample;
  geometry(configuration: C): Geometry;
}

/** A denoiser, learnt or not. */
export type Method = TrainedMethod | ClassicalMethod;

/** `name@version`, as files have it. */
export const methodId = ({ name, version }: Pick<Method, "name" | "version">): string => `${name}@${version}`;
