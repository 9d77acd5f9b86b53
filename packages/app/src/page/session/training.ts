import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { channelWord } from "../../engine/channelWord.js";
import type {
  Engine,
  MethodForm,
  OpenedImage,
  StorageState,
  StoredRun,
  TrainEvents,
  TrainedRun,
  TrainProgress,
  TrainRequest,
  ValueProblem,
} from "../../engine/engine.js";
import { type Failure, failureOf } from "./failure.js";
import type { Images } from "./images.js";
import { withSentence } from "./withSentence.js";

/** The picture that shows it may still be loading. */
const revokeLater = (url: string): void => {
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
};

export interface TrainJob {
  readonly job: string;
  readonly run: string;
  readonly method: string;
  /** What it does now; absent while it updates. */
  readonly phase: string | undefined;
  readonly warnings: readonly string[];
  /** How far it is. */
  readonly latest?: TrainProgress | undefined;
  /** The points of its log. */
  readonly history: readonly TrainProgress[];
  /** Why it is being stopped. */
  readonly stopping?: "pause" | "keep";
  /** The address of the latest preview. */
  readonly preview?: string;
}

/** What went wrong with what. */
export interface TrainFailure extends Failure {
  readonly title: string;
}

const NOT_GONE_ON = "The training did not go on";

function trainFailure(title: string, error: unknown): TrainFailure | undefined {
  const failure = failureOf(error);
  return failure && { title, ...failure };
}

export interface Training {
  /** The form: what is trained next. */
  readonly method: Signal<string>;
  readonly form: ReadonlySignal<MethodForm | undefined>;
  readonly preset: Signal<string | undefined>;
  /** What differs from the preset, by dotted key. */
  readonly values: Signal<Readonly<Record<string, unknown>>>;
  /** Of fields whose text is no value, by key; nothing is trained with them. */
  readonly mistyped: Signal<Readonly<Record<string, string>>>;
  readonly problems: ReadonlySignal<readonly ValueProblem[]>;
  readonly excluded: Signal<ReadonlySet<string>>;
  /** The clean image of a noisy one, by their ids. */
  readonly clean: Signal<ReadonlyMap<string, string>>;
  readonly noisy: ReadonlySignal<readonly string[]>;
  /** The channels of the noisy images, where there are several: one of them is trained on. */
  readonly channels: ReadonlySignal<readonly string[]>;
  /** The index of that one. */
  readonly channel: ReadonlySignal<number>;
  chooseChannel(index: number): void;
  readonly name: Signal<string>;
  /** Why it cannot begin as it stands. */
  readonly obstacle: ReadonlySignal<string | undefined>;

  readonly running: ReadonlySignal<TrainJob | undefined>;
  readonly finished: Signal<TrainedRun | undefined>;
  readonly failure: Signal<TrainFailure | undefined>;
  /** The last training, where it was stopped before its images were in the storage: nothing of it is kept. */
  readonly notBegun: Signal<string | undefined>;
  /** Whether there is something to be said of how the last training ended. */
  readonly hasNews: ReadonlySignal<boolean>;
  readonly runs: ReadonlySignal<readonly StoredRun[]>;
  readonly storage: ReadonlySignal<StorageState | undefined>;
  start(): Promise<void>;
  resume(run: StoredRun): Promise<void>;
  stop(why: "pause" | "keep"): Promise<void>;
  remove(run: string): Promise<void>;
  /** Asks what the storage has. That it cannot be said is a failure that is shown, unless it is asked `quietly`. */
  refresh(how?: { readonly quietly: boolean }): Promise<void>;
}

/** How long the form rests before the engine is asked whether its values fit together, milliseconds. */
const REST = 250;

/** Number of captures of the scene. */
export function captures({ sparse, ...image }: OpenedImage): number {
  const { axes, shape } = sparse ?? image;
  return shape[axes.indexOf("T")] ?? 1;
}

/** Whether a run can denoise: it has trained for a while, and nobody writes it. */
export const hasModel = ({ state, update }: StoredRun): boolean =>
  update > 0 && (state === "finished" || state === "paused");

/** What a method would have to be given beside what is open, in a sentence; undefined where nothing is missing. */
export function missingImages(
  { target }: Pick<MethodForm, "target">,
  open: readonly OpenedImage[],
): string | undefined {
  const series = open.some((image) => captures(image) > 1);
  switch (target) {
    case "clean":
      return open.length > 1 || series
        ? undefined
        : "Open a clean image of the same scene as well, or a time series.";
    case "capture":
      return series ? undefined : "Open a time series: several captures of the scene in one image.";
    case "none":
    case undefined:
      return undefined;
    default:
      return target satisfies never;
  }
}

export function createTraining(
  engine: Engine,
  images: Images,
  methods: ReadonlySignal<readonly MethodForm[]>,
): Training {
  const method = signal("noise2void");
  const form = computed(() => methods.value.find(({ name }) => name === method.value));
  const preset = signal<string | undefined>(undefined);
  const values = signal<Readonly<Record<string, unknown>>>({});
  const mistyped = signal<Readonly<Record<string, string>>>({});
  const problems = signal<readonly ValueProblem[]>([]);
  const excluded = signal<ReadonlySet<string>>(new Set());
  const clean = signal<ReadonlyMap<string, string>>(new Map());
  const name = signal("");
  const running = signal<TrainJob | undefined>(undefined);
  const finished = signal<TrainedRun | undefined>(undefined);
  const failure = signal<TrainFailure | undefined>(undefined);
  const notBegun = signal<string | undefined>(undefined);
  const hasNews = computed(() => [failure, finished, notBegun].some(({ value }) => value !== undefined));
  const runs = signal<readonly StoredRun[]>([]);
  const storage = signal<StorageState | undefined>(undefined);
  let jobs = 0;

  // Of images that were closed, nothing is kept; those that are read otherwise stay what they were.
  effect(() => {
    const now = new Map(
      images.list.value.flatMap(({ id, insteadOf = id }) => [
        [id, id],
        [insteadOf, id],
      ]),
    );
    const [out, pairs] = [[...excluded.peek()], [...clean.peek()]];
    batch(() => {
      excluded.value = new Set(out.flatMap((id) => now.get(id) ?? []));
      clean.value = new Map(
        pairs.flatMap(([id, other]) => {
          const [noisyNow, cleanNow] = [now.get(id), now.get(other)];
          return noisyNow !== undefined && cleanNow !== undefined ? [[noisyNow, cleanNow] as const] : [];
        }),
      );
    });
  });

  // Another method has other keys.
  effect(() => {
    const presets = form.value?.presets;
    batch(() => {
      preset.value = presets?.[0]?.name;
      values.value = {};
      mistyped.value = {};
    });
  });

  const targets = computed(() => new Set(form.value?.target === "clean" ? clean.value.values() : []));
  const noisy = computed(() =>
    images.list.value.map(({ id }) => id).filter((id) => !excluded.value.has(id) && !targets.value.has(id)),
  );

  const channels = computed(() => {
    const image = images.list.value.find(
      ({ id, channels: own }) => noisy.value.includes(id) && own.length > 1,
    );
    return image?.channels ?? [];
  });
  const chosenChannel = signal({ name: "", index: 0 });
  const channel = computed(() => {
    const { name: wanted, index } = chosenChannel.value;
    // Other images may have it in another place.
    return channels.value[index] === wanted ? index : Math.max(0, channels.value.indexOf(wanted));
  });

  const paired = computed(() => noisy.value.every((id) => clean.value.has(id)));
  const isTimeSeries = (id: string): boolean =>
    images.list.value.some((image) => image.id === id && captures(image) > 1);

  let asked = 0;
  effect(() => {
    const request = {
      method: method.value,
      ...(preset.value !== undefined && { preset: preset.value }),
      values: values.value,
    };
    asked++;
    const mine = asked;
    if (!form.value || form.value.kind === "classical" || Object.keys(request.values).length === 0) {
      problems.value = [];
      return undefined;
    }
    const timer = setTimeout(() => {
      engine.check(request).then(
        (found) => {
          if (mine === asked) problems.value = found;
        },
        (error: unknown) => {
          failure.value = trainFailure("The settings were not checked", error);
        },
      );
    }, REST);
    return () => clearTimeout(timer);
  });

  const obstacle = computed((): string | undefined => {
    const chosen = form.value;
    if (!chosen) return "Choose a method.";
    if (!chosen.available) return "Training needs WebGPU or WebAssembly, which this browser does not offer.";
    if (noisy.value.length === 0) return "Open the noisy images to train on.";
    const needs = missingImages(chosen, images.list.value);
    if (needs !== undefined) return needs;
    if (chosen.target === "clean" && !paired.value && noisy.value.some((id) => clean.value.has(id))) {
      return "Choose the clean image of each noisy one, or of none; those of none are time series, whose mean is the clean image.";
    }
    if (chosen.target === "clean" && !paired.value && !noisy.value.every(isTimeSeries)) {
      return "Choose the clean image of each noisy one; time series alone may do without.";
    }
    if (chosen.target === "capture" && !noisy.value.every(isTimeSeries)) {
      return `${chosen.title} needs time series: several captures of each scene in one image.`;
    }
    if (Object.keys(mistyped.value).length > 0) return "A setting is not what it may be.";
    if (problems.value.length > 0) return "Some settings do not fit together.";
    return undefined;
  });

  function uniqueName(): string {
    const wanted = name.value.trim() || `${method.value}-1`;
    const taken = new Set(runs.value.map(({ run }) => run));
    if (!taken.has(wanted)) return wanted;
    const stem = wanted.replace(/-\d+$/, "");
    for (let i = 2; ; i++) if (!taken.has(`${stem}-${i}`)) return `${stem}-${i}`;
  }

  const change = (job: string, changes: Partial<TrainJob>): void => {
    if (running.value?.job === job) running.value = { ...running.value, ...changes };
  };

  function eventsOf(job: string): TrainEvents {
    return {
      onPhase: (phase) => change(job, { phase }),
      onWarning: (sentence) =>
        change(job, { warnings: withSentence(running.value?.warnings ?? [], sentence) }),
      onProgress: (progress) =>
        change(job, {
          latest: progress,
          ...((progress.losses || progress.validation) && {
            // A log reaches beyond the checkpoint that a training goes on from.
            history: [
              ...(running.value?.history ?? []).filter(({ update }) => update < progress.update),
              progress,
            ],
          }),
          ...(progress.update > 0 && { phase: undefined }),
        }),
      onPreview: (png) => {
        if (running.value?.job !== job) return;
        const old = running.value.preview;
        change(job, { preview: URL.createObjectURL(png) });
        if (old !== undefined) revokeLater(old);
      },
    };
  }

  async function follow(
    first: Pick<TrainJob, "run" | "method" | "history">,
    begin: (job: string, events: TrainEvents) => Promise<TrainedRun>,
  ): Promise<void> {
    if (running.peek()) return;
    jobs++;
    const job = `train-${jobs}`;
    batch(() => {
      failure.value = undefined;
      finished.value = undefined;
      notBegun.value = undefined;
      running.value = { ...first, latest: first.history.at(-1), job, phase: "Starting", warnings: [] };
    });
    void keepStorage();
    try {
      finished.value = await begin(job, eventsOf(job));
    } catch (error) {
      failure.value = trainFailure(NOT_GONE_ON, error);
      if (!failure.value) notBegun.value = first.run;
    } finally {
      const preview = running.peek()?.preview;
      if (preview !== undefined) revokeLater(preview);
      running.value = undefined;
      await refresh();
    }
  }

  /** Has runs not be among what a full disk is freed of. */
  async function keepStorage(): Promise<void> {
    try {
      const kept = await engine.keepStorage();
      if (storage.value) storage.value = { ...storage.value, kept };
    } catch {
      // They are kept as long as the browser likes, as is said without an answer.
    }
  }

  async function refresh({ quietly } = { quietly: false }): Promise<void> {
    try {
      runs.value = await engine.runs();
      storage.value = await engine.storage();
    } catch (error) {
      if (!quietly) failure.value ??= trainFailure("The stored trainings cannot be listed", error);
    }
  }

  return {
    method,
    form,
    preset,
    values,
    mistyped,
    problems,
    excluded,
    clean,
    noisy,
    channels,
    channel,
    chooseChannel: (index) => {
      chosenChannel.value = { name: channels.value[index] ?? "", index };
    },
    name,
    obstacle,
    running,
    finished,
    failure,
    notBegun,
    hasNews,
    runs,
    storage,
    start: async () => {
      const chosen = form.value;
      if (!chosen || obstacle.value !== undefined) return;
      const request: Omit<TrainRequest, "job"> = {
        run: uniqueName(),
        method: chosen.name,
        ...(preset.value !== undefined && { preset: preset.value }),
        values: values.value,
        ...(channels.value.length > 0 && { channel: channelWord(channels.value, channel.value) }),
        noisy: noisy.value,
        // Without, the mean of each time series is the clean image.
        ...(chosen.target === "clean" &&
          paired.value && { clean: noisy.value.map((id) => clean.value.get(id)!) }),
      };
      await follow({ run: request.run, method: chosen.name, history: [] }, (job, events) =>
        engine.train({ ...request, job }, events),
      );
    },
    resume: ({ run, method: trained, history }) =>
      follow({ run, method: trained, history }, (job, events) => engine.resume({ job, run }, events)),
    stop: async (why) => {
      const job = running.value;
      if (!job) return;
      change(job.job, { stopping: why });
      try {
        await (why === "keep" ? engine.finish(job.job) : engine.stop(job.job));
      } catch (error) {
        failure.value = trainFailure("The training was not stopped", error);
      }
    },
    remove: async (run) => {
      try {
        await engine.removeRun(run);
      } catch (error) {
        failure.value = trainFailure(`${run} was not removed`, error);
      }
      await refresh();
    },
    refresh,
  };
}
