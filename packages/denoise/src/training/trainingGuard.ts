import type { HostTensor } from "@clidim/tensor";
import { halvedLearningRate } from "../protocol/halvedLearningRate.js";
import type { TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { decibelsBelow, type MetricsLog, score, type ValidationFigures } from "./metricsLog.js";
import type { StepBack } from "./stepBack.js";
import { hostNetworks, type TrainingState, withNetworks } from "./trainingState.js";

/** Two validations in a row that are so much worse than the best one are a collapse. */
const COLLAPSE_DECIBELS = 1;
/** Of the last model, which nothing comes after to make good for. */
const LAST_DECIBELS = 0.3;
/** The first validations are of networks that still learn what an image is, and go up and down, but not by so much. */
const [FIRST_VALIDATIONS, FIRST_DECIBELS] = [3, 5];
/** After so many steps back the next collapse ends the training. */
const MOST_STEPS_BACK = 3;

/** What a guard knows of a run so far, as a checkpoint and the log have it. */
export interface GuardedPast {
  readonly best: BestState | undefined;
  readonly stepsBack: readonly StepBack[];
}

/** Where a training can be taken back to. */
export interface BestState {
  readonly figures: ValidationFigures;
  /** See `hostNetworks`. */
  readonly networks: Readonly<Record<string, HostTensor>>;
}

/**
 * Watches the validation of a run, keeps its best state, and says what it goes on with when it has collapsed or diverged: the state is the best one's again, the number of updates goes on, so that data,
 * draws and learning rate do not repeat what led there, and the configuration is the method's remedy.
 */
export class TrainingGuard {
  readonly #method: TrainedMethod;
  #configuration: RunConfiguration;
  #best: BestState | undefined;
  #stepsBack: readonly StepBack[];

  constructor(
    method: TrainedMethod,
    configuration: RunConfiguration,
    { best, stepsBack }: GuardedPast = { best: undefined, stepsBack: [] },
  ) {
    this.#method = method;
    this.#best = best;
    this.#stepsBack = stepsBack;
    this.#configuration = stepsBack.reduce((before, { remedy, hopeless, update }) => {
      if (remedy === undefined) return before;
      const again = hopeless === undefined ? this.#remedy(before) : method.afterRestart?.(before, update);
      return again?.configuration ?? before;
    }, configuration);
  }

  /** What the training is to be gone on with. */
  get configuration(): RunConfiguration {
    return this.#configuration;
  }

  get stepsBack(): readonly StepBack[] {
    return this.#stepsBack;
  }

  /** How often the training began again with fresh weights. */
  get restarts(): number {
    return this.#stepsBack.filter(({ hopeless }) => hopeless !== undefined).length;
  }

  get best(): BestState | undefined {
    return this.#best;
  }

  /** Whether there is nothing left to try. */
  get ended(): boolean {
    const last = this.#stepsBack.at(-1);
    return last !== undefined && last.remedy === undefined && !last.final;
  }

  /**
   * Whether the latest validation in the log looks like a collapse, which the next log point is to tell from chance: running statistics of batch norms alone can cost a
   * decibel at one update and not some updates later.
   */
  doubts(log: MetricsLog): boolean {
    const all = log.figures();
    const last = all.at(-1);
    if (!this.#best || !last || last.update === this.#stepsBack.at(-1)?.update) return false;
    return this.#below(this.#best, last) > collapseAfter(all.length - 1);
  }

  #below(best: BestState, figures: ValidationFigures): number {
    return decibelsBelow(best.figures, figures, { likelihood: this.#method.heldLikelihood });
  }

  /**
   * Looks at another validation, which is not in the log yet. "accepted": all is well, and the state is kept if it is the best so far. "doubted": it looks like a collapse, and `doubts` will ask for another
   * one. Otherwise the step back, after which `restored` gives the state and `configuration` what to go on with. The last update's model is judged where it would be `kept` as it is,
   * and at once.
   */
  async look(
    state: TrainingState,
    figures: ValidationFigures,
    log: MetricsLog,
    { last, kept }: { readonly last: boolean; readonly kept: boolean },
  ): Promise<StepBack | "accepted" | "doubted"> {
    const decibels = this.#best ? this.#below(this.#best, figures) : 0;
    const judged = kept || !last;
    const allowed = last ? LAST_DECIBELS : collapseAfter(log.figures().length);
    if (!this.#best || !judged || decibels <= allowed) {
      if (!this.#best || score(figures) > score(this.#best.figures))
        this.#best = { figures, networks: await hostNetworks(state) };
      return "accepted";
    }
    if (!last && !this.doubts(log)) return "doubted";
    return this.#stepBack(this.#best, figures.update, { decibels: Math.round(100 * decibels) / 100 }, last);
  }

  /** The step back after losses, weights or figures that are no numbers, `diverged` in words; undefined where there is no state yet to go back to. */
  diverged(update: number, diverged: string, { last }: { readonly last: boolean }): StepBack | undefined {
    return this.#best && this.#stepBack(this.#best, update, { diverged }, last);
  }

  /** The step to fresh weights of a training that is hopeless, in the words of the method; undefined where there is nothing left to try. What was best before is forgotten. */
  restart(update: number, hopeless: string): StepBack | undefined {
    const remedy = this.#method.afterRestart?.(this.#configuration, update);
    if (!remedy) return undefined;
    const step: StepBack = { update, to: 0, hopeless, remedy: remedy.words };
    this.#stepsBack = [...this.#stepsBack, step];
    this.#configuration = remedy.configuration;
    this.#best = undefined;
    return step;
  }

  #stepBack(
    { figures: { update: to } }: BestState,
    update: number,
    why: Pick<StepBack, "decibels" | "diverged">,
    last: boolean,
  ): StepBack {
    const remedy =
      last || this.#stepsBack.length >= MOST_STEPS_BACK ? undefined : this.#remedy(this.#configuration);
    const step: StepBack = {
      ...{ update, to, ...why },
      ...(remedy && { remedy: remedy.words }),
      ...(last && { final: true }),
    };
    this.#stepsBack = [...this.#stepsBack, step];
    if (remedy) this.#configuration = remedy.configuration;
    return step;
  }

  /** The state with the networks of the best one. */
  restored(state: TrainingState): TrainingState {
    if (!this.#best) throw new Error("trainingGuard: there is no state to go back to");
    return withNetworks(state, this.#best.networks);
  }

  #remedy(configuration: RunConfiguration): { configuration: RunConfiguration; words: string } | undefined {
    return this.#method.afterCollapse
      ? this.#method.afterCollapse(configuration)
      : halvedLearningRate(configuration);
  }
}

/** So many decibels below the best one is a collapse, after so many other validations. */
const collapseAfter = (others: number): number =>
  others < FIRST_VALIDATIONS ? FIRST_DECIBELS : COLLAPSE_DECIBELS;
