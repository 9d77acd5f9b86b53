import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  DroppedFile,
  Engine,
  ModelSummary,
  NamedBlob,
  OpenedImage,
  ReadyModel,
} from "../../engine/engine.js";
import { type Failure, failureOf } from "./failure.js";
import { fileOfTitle, imageTitles } from "./imageTitles.js";

/** What could not be opened, and why. */
export interface OpenFailure extends Failure {
  readonly name: string;
}

/** What was dropped or chosen, or what will be known of it once folders were looked through. */
export type GivenFiles = readonly DroppedFile[] | Promise<readonly DroppedFile[]>;

/** The images and models that are open. */
export interface Images {
  readonly list: ReadonlySignal<readonly OpenedImage[]>;
  /** What an image is called where others of its name may be open. */
  titleOf(image: OpenedImage): string;
  /** A file that was made of the current image, called so that it is told from the same of others. */
  titled(file: NamedBlob): NamedBlob;
  readonly models: ReadonlySignal<readonly ModelSummary[]>;
  /** Models that the site brings with it and that are not open yet. */
  readonly ready: ReadonlySignal<readonly ReadyModel[]>;
  readonly current: ReadonlySignal<OpenedImage | undefined>;
  /** That one where its file does not say what its axes are, and nobody has said it since. */
  readonly doubtful: ReadonlySignal<OpenedImage | undefined>;
  /** What is being opened, in words. */
  readonly opening: ReadonlySignal<string | undefined>;
  readonly failures: Signal<readonly OpenFailure[]>;
  select(id: string): void;
  /** Images, and model files among them, which are returned. */
  open(files: GivenFiles): Promise<readonly ModelSummary[]>;
  /** Asks which models the site has. */
  findReady(): Promise<void>;
  /** One of these; undefined where it cannot be had, which is among the failures. */
  openReady(name: string): Promise<ModelSummary | undefined>;
  openUrl(url: string): Promise<void>;
  openSample(): Promise<void>;
  withAxes(id: string, axes: string): Promise<void>;
  /** That the axes of an image are what they are taken for. */
  settleAxes(id: string): void;
  close(id: string): Promise<void>;
}

/** A folder may be an image whatever its files are called. */
const isModel = ({ path }: DroppedFile): boolean => /^[^/]+\.(safetensors|onnx)$/i.test(path);

const namesOf = (files: readonly DroppedFile[]): string => {
  const first = files[0]?.path.split("/")[0] ?? "nothing";
  const tops = new Set(files.map(({ path, entry = 0 }) => `${entry}/${path.split("/")[0]}`));
  return tops.size > 1 ? `${first} and ${tops.size - 1} more` : first;
};

export function createImages(engine: Engine): Images {
  const list = signal<readonly OpenedImage[]>([]);
  const titles = computed(() => imageTitles(list.value));
  const titleOf = ({ id, name }: OpenedImage): string => titles.value.get(id) ?? name;
  const models = signal<readonly ModelSummary[]>([]);
  const site = signal<readonly ReadyModel[]>([]);
  const fetched = signal<ReadonlySet<string>>(new Set());
  const ready = computed(() => site.value.filter(({ name }) => !fetched.value.has(name)));
  const selected = signal<string | undefined>(undefined);
  /** What is being opened, the latest last. */
  const reads = signal<readonly { readonly name: string }[]>([]);
  const opening = computed(() => reads.value.at(-1)?.name);
  const failures = signal<readonly OpenFailure[]>([]);
  const current = computed(() => list.value.find(({ id }) => id === selected.value));

  const settled = signal<ReadonlySet<string>>(new Set());
  const doubtful = computed(() => {
    const image = current.value;
    return image?.axesDoubtful === true && !settled.value.has(image.id) ? image : undefined;
  });

  function add(images: readonly OpenedImage[]): void {
    const first = images[0];
    if (!first) return;
    batch(() => {
      list.value = [...list.value, ...images];
      selected.value = first.id;
    });
  }

  function refuse(name: string, error: unknown): void {
    const failure = failureOf(error);
    if (failure) failures.value = [...failures.value, { name, ...failure }];
  }

  async function reading(
    name: string,
    action: (rename: (name: string) => void) => Promise<void>,
  ): Promise<void> {
    let read = { name };
    batch(() => {
      // What another read has found is still to be seen.
      if (reads.value.length === 0) failures.value = [];
      reads.value = [...reads.value, read];
    });
    const replace = (...by: readonly { readonly name: string }[]): void => {
      reads.value = reads.value.flatMap((other) => (other === read ? by : other));
    };
    try {
      await action((now) => {
        const renamed = { name: now };
        replace(renamed);
        read = renamed;
      });
    } catch (error) {
      refuse(name, error);
    } finally {
      replace();
    }
  }

  return {
    list,
    titleOf,
    titled: (file) => {
      const image = current.value;
      return image ? fileOfTitle(file, image.name, titleOf(image)) : file;
    },
    models,
    ready,
    current,
    doubtful,
    opening,
    failures,
    select: (id) => {
      selected.value = id;
    },
    open: async (given) => {
      const found: ModelSummary[] = [];
      await reading("then" in given ? "what was dropped" : namesOf(given), async (rename) => {
        const files = await given;
        rename(namesOf(files));
        for (const { path, file } of files.filter(isModel)) {
          try {
            found.push(await engine.openModel(file));
            models.value = [...models.value, found.at(-1)!];
          } catch (error) {
            refuse(path, error);
          }
        }
        const others = files.filter((file) => !isModel(file));
        if (others.length === 0) return;
        const opened = await engine.open(others);
        add(opened.images);
        found.push(...opened.models);
        models.value = [...models.value, ...opened.models];
        failures.value = [...failures.value, ...opened.failures];
      });
      return found;
    },
    findReady: async () => {
      site.value = await engine.readyModels();
    },
    openReady: async (name) => {
      let found: ModelSummary | undefined;
      await reading("the model", async () => {
        found = await engine.openReadyModel(name);
      });
      const model = found;
      if (model && !fetched.value.has(name)) {
        batch(() => {
          fetched.value = new Set([...fetched.value, name]);
          models.value = [...models.value, model];
        });
      }
      return model;
    },
    openUrl: (url) => reading(url, async () => add([await engine.openUrl(url)])),
    openSample: () => reading("the sample", async () => add([await engine.openSample()])),
    withAxes: (id, axes) =>
      reading(`the file with axes ${axes}`, async () => {
        const image = await engine.withAxes(id, axes);
        batch(() => {
          list.value = list.value.map((other) => (other.id === id ? image : other));
          if (selected.value === id) selected.value = image.id;
        });
      }),
    settleAxes: (id) => {
      settled.value = new Set([...settled.value, id]);
    },
    close: async (id) => {
      const index = list.value.findIndex((image) => image.id === id);
      const rest = list.value.filter((image) => image.id !== id);
      batch(() => {
        list.value = rest;
        if (selected.value === id) selected.value = rest[Math.min(index, rest.length - 1)]?.id;
      });
      // What is left behind is the engine's to remove; there is nothing for the user to do.
      await engine.close(id).catch(() => undefined);
    },
  };
}
