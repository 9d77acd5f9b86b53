import {
  InputError,
  type LazyPage,
  type NoiseMeasurement,
  type NoiseUnits,
  type Plane,
  pageInMemory,
  sizeText,
} from "@clidim/imaging";
import type { Channel } from "../data/axisSelection.js";
import { checkNoiseLine } from "../data/checkNoiseLine.js";
import { imagesAgainstNoise } from "../data/imagesAgainstNoise.js";
import { methodId } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import { blendedFile } from "./blendedFile.js";
import { canDoWithout } from "./canDoWithout.js";
import { chooseClassical, comparedParts, hasNoise, type Ranking } from "./chooseClassical.js";
import { chooseInThreads } from "./chooseInThreads.js";
import { classicalCosts } from "./classicalCosts.js";
import { classicalDenoiser } from "./classicalDenoiser.js";
import {
  type Comparison,
  type Contender,
  type ContenderSource,
  channelKey,
  compareContender,
} from "./contender.js";
import type { DenoiseHooks, FileDenoiser, FilesDenoiser } from "./fileDenoiser.js";
import type { FrameStack } from "./frameStack.js";
import { interruptible } from "./interruptible.js";
import type { MethodThreads } from "./methodThreads.js";
import { modelsDenoiser } from "./modelsDenoiser.js";
import { lazyPageUnits, pageUnits } from "./noiseUnitsFile.js";
import { onePass } from "./onePass.js";
import { LARGEST_WHOLE_PAGE } from "./pageBands.js";
import { inProportion } from "./pairedErrors.js";
import type { PlannedFile } from "./planFiles.js";
import { type ReadyOutcome, readyContest } from "./readyContest.js";
import type { ReadyModel } from "./readyModel.js";
import { AUTOMATIC, type DenoiserRecord } from "./resultRecord.js";
import { calibrationPages, sampledPages } from "./sampledPages.js";
import { sharedNoiseSentence } from "./sharedNoiseSentence.js";

/** What methods are chosen by has noise that is estimated on pages of so many pixels or more. */
const SMALLEST = 16;

export interface AutomaticOptions {
  readonly noise?: NoiseMeasurement | undefined;
  /** What the record of a result says of the options. */
  readonly given?: DenoiserRecord["options"] | undefined;
  /** Pages of more pixels are for methods that go through them by bands. Default 2^25. */
  readonly largestPage?: number | undefined;
  /** Models that the classical methods are compared with. Default: none. */
  readonly contenders?: ContenderSource | undefined;
  /** Models that files are compared with that none of the contenders denoises. Default: none. */
  readonly ready?: readonly ReadyModel[] | undefined;
  /** Where classical methods are compared and applied, several pages at once. Default: in the calling thread. */
  readonly threads?: MethodThreads | undefined;
  /** Where the device is lost: the classical method does the file, and says so. Default false: the `DeviceError` is thrown. */
  readonly surviveLoss?: boolean | undefined;
}

/** The classical methods that were compared on a file, the best one first, and what they were compared on. */
interface Choice {
  readonly sample: readonly LazyPage[];
  readonly pages: readonly Plane[];
  readonly ranking: Ranking;
}

/**
 * Files by the classical method that suits each best as far as the noisy file tells (`chooseClassical`), as that method denoises it by itself. Measured noise is taken by
 * those that look at it. Where there are contenders, by one of these if it foretells hidden pixels better that it was not trained on (`compareContender`). Otherwise
 * by the ready model that foretells hidden pixels better than the classical method, or its mean with that (`compareReadyModel`).
 */
export function automaticDenoiser(
  registry: MethodRegistry,
  {
    noise,
    given = {},
    largestPage = LARGEST_WHOLE_PAGE,
    contenders: source,
    ready = [],
    threads,
    surviveLoss = false,
  }: AutomaticOptions = {},
): FilesDenoiser {
  const methods = registry.classical.filter(({ contest }) => contest);
  if (methods.length === 0) throw new Error("automaticDenoiser: expected methods with a contest, got none");
  const options = { ...AUTOMATIC, ...given };
  /** Of the first file, which is looked at before. */
  const rankings = new Map<string, Ranking>();
  const isLarge = ({ width, height }: FrameStack): boolean => width * height > largestPage;
  const choose = async (input: FrameStack, { signal, onPhase }: DenoiseHooks): Promise<Choice> => {
    const side = Math.min(input.width, input.height);
    const large = isLarge(input);
    const fitting = methods.filter(({ smallest, reach }) => smallest <= side && (reach || !large));
    if (fitting.length === 0 || side < SMALLEST) {
      throw new InputError(
        `${input.name} is ${sizeText(input)} pixels; to choose a method, at least ${SMALLEST} x ${SMALLEST} are needed; name one`,
        { keys: ["method"] },
      );
    }
    const sample = await sampledPages(input, signal);
    onPhase?.(`${input.name}: choosing a method`);
    const smallest = Math.max(SMALLEST, ...fitting.map((method) => method.smallest));
    const pages = await calibrationPages(sample, smallest);
    if (noise) await checkNoiseLine(noise, { name: input.name, page: pageInMemory(pages[0]!) });
    const compared = (): Promise<Ranking | undefined> =>
      threads
        ? chooseInThreads(fitting, pages, noise, threads, signal)
        : interruptible(chooseClassical(fitting, pages, noise), signal);
    const ranking = rankings.get(input.name) ?? (await compared())!; // there are methods
    rankings.clear();
    if (source) rankings.set(input.name, ranking);
    return { sample, pages, ranking };
  };
  const start = async (files: readonly PlannedFile[], hooks: DenoiseHooks) => {
    const circumstances = { noise, threads, largestPage };
    const costs = () => classicalCosts(files, choose, circumstances, hooks);
    const contenders = await source?.(files, costs, hooks);
    const contest = readyContest(ready, registry, surviveLoss);
    return async (
      input: FrameStack,
      fileHooks: DenoiseHooks,
      normalization: "model" | "image",
      channel: Channel,
    ): Promise<FileDenoiser> => {
      const { sample, pages, ranking } = await choose(input, fileHooks);
      const parts = comparedParts(pages, noise);
      const shared = sharedNoiseSentence(parts[0]);
      const { method } = ranking[0];
      const { signal, onPhase, onWarning } = fileHooks;
      const noiseless = !parts.some(hasNoise);
      // A method that takes the noise checks it itself.
      if (noise && !method.takesNoise) {
        const images = pages.slice(0, 1).map((page) => ({ name: input.name, page: pageInMemory(page) }));
        for (const sentence of await imagesAgainstNoise(noise, images)) onWarning?.(sentence, input.name);
      }
      const applied = classicalDenoiser(method, method.takesNoise && noise, threads);
      const startClassical = await applied.start(files, hooks);
      const denoiser = await startClassical(input, fileHooks, normalization, channel);
      const { sentence, parameters } = denoiser.calibrated!; // as of every classical method
      const losses = ranking.map(({ method: one, loss }) => ({ method: methodId(one), loss }));
      const byClassical = (why: string, compared = losses): FileDenoiser => ({
        ...denoiser,
        calibrated: {
          method: methodId(method),
          parameters,
          sentence: `${sentence}; ${shared}${noiseless ? "no noise was found, of which a method could foretell more than another" : reasonOf(ranking, shared !== "")}${why}`,
          compared,
        },
        record: { methods: [methodId(method)], models: [], options },
      });
      const chosen = { method, parameters, noise: method.takesNoise && noise };
      /** By a ready model, or the classical method; `why` no contender was taken. */
      const without = async (why: string, compared = losses): Promise<FileDenoiser> => {
        if (!contest) return byClassical(why, compared);
        onPhase?.(`${input.name}: comparing ${method.title} with ready models`);
        const units: (NoiseUnits | undefined)[] = [];
        // Of the pages as they are denoised: what they are compared on may be a part, with missing pixels filled.
        for (const index of new Set(parts.map((part) => part.index))) {
          const page = sample[index]!;
          units[index] = isLarge(input)
            ? await lazyPageUnits(page, noise)
            : pageUnits(await page.read(), noise);
        }
        const found = await contest(chosen, parts, {
          blended: !isLarge(input),
          unitsOf: ({ index }) => units[index],
          signal,
        });
        if (typeof found === "string") {
          return byClassical(`${why}; no ready model was compared, as ${found}`, compared);
        }
        const { model, file, comparison } = found;
        const { learnt, classical, better, weight } = comparison;
        const own = {
          method: methodId(model.method),
          loss: inProportion(learnt, classical, losses[0]!.loss),
        };
        if (!better) {
          const sentence = `; ${readyTitle(found)} foretells them no better (${percentMore(learnt, classical)} squared error)`;
          return byClassical(`${why}${sentence}`, [...compared, own]);
        }
        const networks = modelsDenoiser([model], undefined, {}, noise);
        const startNetworks = await networks.start(files, hooks);
        // What there is to warn of was told as the classical method was started.
        const { onWarning: _told, ...quiet } = fileHooks;
        const byModel = onePass(await startNetworks(input, quiet, normalization, channel), networks.passes);
        return {
          ...(weight > 0 ? blendedFile(byModel, denoiser, weight) : byModel),
          calibrated: {
            method: own.method,
            parameters: weight > 0 ? { weight, classical: methodId(method), ...parameters } : {},
            sentence: `${shared}${readySentence(found, method.title, sentence)}${why}`,
            compared: [own, ...compared],
          },
          instead: (error) =>
            canDoWithout(error, surviveLoss)
              ? byClassical(
                  `${why}; ${readyTitle(found)} foretells them better, but could not be applied: ${error.message}`,
                  [own, ...compared],
                )
              : undefined,
          record: {
            methods: [own.method, ...(weight > 0 ? [methodId(method)] : [])],
            models: [file],
            options,
          },
        };
      };
      const contender = contenders?.of(channelKey(channel));
      if (contender === undefined) return without("");
      if (typeof contender === "string") return without(`; nothing was trained, as ${contender}`);
      onPhase?.(`${input.name}: comparing ${method.title} with ${contender.model.method.title}`);
      let comparison: Awaited<ReturnType<typeof compareContender>>;
      try {
        comparison = await compareContender(contender, chosen, sample, signal);
      } catch (error) {
        if (!canDoWithout(error, surviveLoss)) throw error;
        return without(`; ${contender.words}, could not be compared: ${error.message}`);
      }
      if (!comparison) {
        return without(
          `; ${contender.words}, could not be compared, as nothing is to be seen in the part of the pages that it was not trained on`,
        );
      }
      const { learnt, classical: best, better } = comparison;
      // In proportion, as the others were compared on other pixels.
      const others = losses.map(({ method: one, loss }) => ({
        method: one,
        loss: inProportion(loss, losses[0]!.loss, best),
      }));
      const own = { method: methodId(contender.model.method), loss: learnt };
      // What is level within chance is not worth the risk of a network.
      if (!better) return without(`; ${contender.words}, ${moreOf(comparison)}`, [...others, own]);
      const trained = modelsDenoiser([contender.model], undefined, {});
      const startModel = await trained.start(files, hooks);
      const byModel = onePass(await startModel(input, fileHooks, normalization, channel), trained.passes);
      return {
        ...byModel,
        calibrated: {
          method: own.method,
          parameters: { updates: contender.updates },
          sentence: learntSentence(contender, method.title, comparison),
          compared: [own, ...others],
        },
        instead: (error) =>
          canDoWithout(error, surviveLoss)
            ? byClassical(
                `; ${contender.words}, foretells them better, but could not be applied: ${error.message}`,
                [own, ...others],
              )
            : undefined,
        record: { methods: [own.method], models: [contender.file], options },
      };
    };
  };
  return { passes: 1, start };
}

/** Why the first was taken; where pixels share noise, none are hidden. */
function reasonOf([{ loss }, next, ...rest]: Ranking, shared: boolean): string {
  if (!next) return "the method was taken automatically, as the only one for pages of this size";
  const what = shared ? "a page with independent noise" : "hidden pixels";
  return `the method was taken automatically, since of ${rest.length + 2} it foretells ${what} best (the next is ${next.method.title}, with ${percentMore(next.loss, loss)} squared error)`;
}

const moreOf = ({ learnt, classical }: Comparison): string =>
  `foretells hidden pixels that it was not trained on no better beyond chance (${learnt < classical ? "hardly less" : percentMore(learnt, classical)} squared error)`;

const learntSentence = ({ words }: Contender, title: string, { learnt, classical }: Comparison): string =>
  `${words}; it was taken automatically, since it foretells hidden pixels that it was not trained on better than ${title}, the best of the methods without training (which has ${percentMore(classical, learnt)} squared error)`;

const readyTitle = ({ name, title }: ReadyOutcome): string => `the ready model "${title}" (${name})`;

/** `bySelf`: what the classical method was chosen as. */
function readySentence(found: ReadyOutcome, title: string, bySelf: string): string {
  const { learnt, classical, weight } = found.comparison;
  const mean =
    weight > 0
      ? `${(1 - weight).toFixed(2)} times ${readyTitle(found)} plus ${weight.toFixed(2)} times ${bySelf}`
      : readyTitle(found);
  return `${mean}; taken automatically, since it foretells hidden pixels better than ${title}, the best of the methods without training (which has ${percentMore(classical, learnt)} squared error)`;
}

/** "4.2 % more", "hardly more"; "more" than none. */
function percentMore(loss: number, least: number): string {
  if (least === 0 && loss > 0) return "more";
  if (loss <= least) return "hardly more";
  const more = 100 * (loss / least - 1);
  return `${more < 0.1 ? "hardly" : `${more.toFixed(1)} %`} more`;
}
