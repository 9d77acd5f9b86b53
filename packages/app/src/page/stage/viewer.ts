import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { OpenedImage, Place, PlanePixels, Rectangle } from "../../engine/engine.js";
import type { Denoising } from "../session/denoising.js";
import { type Failure, failureOf } from "../session/failure.js";
import type { Images } from "../session/images.js";
import type { Planes } from "../session/planes.js";
import {
  type Bitmap,
  type Contrast,
  greyBitmap,
  residualBitmap,
  residualLimit,
  uncertaintyBitmap,
} from "./bitmaps.js";
import type { Line } from "./profile.js";
import { fitView, type Size, type View, visibleRegion } from "./view.js";

/** A plane, and where in the image it is. */
export interface Layer {
  readonly pixels: PlanePixels;
  readonly region: Rectangle;
}

/** A layer as it is drawn. */
export interface DrawnLayer {
  readonly bitmap: Bitmap;
  readonly region: Rectangle;
}

export type Mode = "before" | "after" | "split" | "residual" | "uncertainty";

export interface Viewer {
  readonly place: Signal<Place>;
  /** Undefined: the whole image. */
  readonly view: Signal<View | undefined>;
  readonly stage: Signal<Size>;
  readonly shownView: ReadonlySignal<View | undefined>;
  readonly mode: Signal<Mode>;
  readonly modes: ReadonlySignal<readonly Mode[]>;
  readonly shownMode: ReadonlySignal<Mode>;
  /** Where the divider is, from 0 to 1 of the stage's width. */
  readonly divider: Signal<number>;
  readonly contrast: Signal<Contrast | undefined>;
  readonly shownContrast: ReadonlySignal<Contrast>;
  readonly inspecting: Signal<"nothing" | "contrast" | "profile">;
  readonly line: Signal<Line | undefined>;
  readonly before: ReadonlySignal<Layer | undefined>;
  readonly after: ReadonlySignal<Layer | undefined>;
  readonly failure: ReadonlySignal<Failure | undefined>;
  /** The end of the scale of the residual, and those of the uncertainty, grey values. */
  readonly residualLimit: ReadonlySignal<number>;
  readonly uncertaintyRange: ReadonlySignal<Contrast>;
  /** What is drawn, the lowest first; beside the divider, `left` on its left. */
  readonly layers: ReadonlySignal<{
    readonly left: readonly DrawnLayer[];
    readonly right: readonly DrawnLayer[];
  }>;
  /** What of the image is on the screen. */
  visible(): { readonly place: Place; readonly region: Rectangle };
}

const extent = (image: OpenedImage, axis: "C" | "Z" | "T"): number =>
  image.shape[image.axes.indexOf(axis)] ?? 1;

/** Of a stack the plane in the middle, of the rest the first. */
const firstPlace = (image: OpenedImage): Place => ({
  C: 0,
  Z: Math.floor((extent(image, "Z") - 1) / 2),
  T: 0,
});

const whole = ({ width, height }: Size): Rectangle => ({ x: 0, y: 0, width, height });

const samePlace = (one: Place, other: Place): boolean =>
  (["C", "Z", "T"] as const).every((axis) => (one[axis] ?? 0) === (other[axis] ?? 0));

export function createViewer(images: Images, denoising: Denoising, planes: Planes): Viewer {
  const place = signal<Place>({});
  const view = signal<View | undefined>(undefined);
  const stage = signal<Size>({ width: 0, height: 0 });
  const mode = signal<Mode>("split");
  const divider = signal(0.5);
  const contrast = signal<Contrast | undefined>(undefined);
  const inspecting = signal<"nothing" | "contrast" | "profile">("nothing");
  const line = signal<Line | undefined>(undefined);
  const before = signal<Layer | undefined>(undefined);
  const finished = signal<Layer | undefined>(undefined);
  const spread = signal<Layer | undefined>(undefined);
  const failure = signal<Failure | undefined>(undefined);
  const { current, list } = images;

  effect(() => {
    const image = current.value;
    batch(() => {
      before.value = undefined;
      place.value = image ? firstPlace(image) : {};
      view.value = undefined;
      contrast.value = undefined;
      line.value = undefined;
    });
  });

  const open = computed(() => new Set(list.value.map(({ id }) => id)));
  effect(() => {
    if (!current.value || !open.value.has(current.value.id)) view.value = undefined;
  });

  /** Keeps a layer at the plane of an image that is looked at. An answer that comes after the next question is thrown away. */
  function follow(of: () => OpenedImage | undefined, into: Signal<Layer | undefined>): void {
    let asked = 0;
    effect(() => {
      const image = of();
      const at = place.value;
      asked++;
      const mine = asked;
      if (!image) {
        into.value = undefined;
        return;
      }
      planes.get(image.id, at).then(
        (pixels) => {
          if (mine === asked) into.value = { pixels, region: whole(image) };
        },
        (error: unknown) => {
          if (mine === asked) failure.value = failureOf(error);
        },
      );
    });
  }
  const result = computed(() => denoising.result.value?.image);
  const scatter = computed(() => denoising.result.value?.uncertainty?.image);
  follow(() => current.value, before);
  follow(() => result.value, finished);
  follow(() => scatter.value, spread);
  // What could not be shown of one plane says nothing of the next.
  effect(() => {
    if (current.value && place.value) failure.value = undefined;
  });

  const preview = computed((): Layer | undefined => {
    const job = denoising.running.value;
    const made = job?.preview;
    if (!made || job.image !== current.value?.id || !samePlace(made.place, place.value)) return undefined;
    return { pixels: made, region: made.region };
  });
  const after = computed(() => preview.value ?? (denoising.running.value ? undefined : finished.value));
  const alike = computed(() => {
    const [one, other] = [before.value?.pixels, after.value?.pixels];
    return one && other && one.width === other.width && one.height === other.height
      ? { noisy: one, denoised: other }
      : undefined;
  });

  const modes = computed((): readonly Mode[] => {
    if (!after.value) return ["before"];
    const pair: readonly Mode[] = alike.value ? ["residual"] : [];
    const own: readonly Mode[] = alike.value && spread.value ? ["uncertainty"] : [];
    return ["split", "before", "after", ...pair, ...own];
  });
  const shownMode = computed(() => (modes.value.includes(mode.value) ? mode.value : modes.value[0]!));
  const shownContrast = computed((): Contrast => {
    if (contrast.value) return contrast.value;
    const { low = 0, high = 1 } = before.value?.pixels ?? {};
    return { low, high: high > low ? high : low + 1 };
  });

  const limit = computed(() => (alike.value ? residualLimit(alike.value.noisy, alike.value.denoised) : 1));
  const uncertaintyRange = computed((): Contrast => spread.value?.pixels ?? { low: 0, high: 1 });
  const grey = (layer: ReadonlySignal<Layer | undefined>): ReadonlySignal<readonly DrawnLayer[]> =>
    computed(() =>
      layer.value
        ? [{ bitmap: greyBitmap(layer.value.pixels, shownContrast.value), region: layer.value.region }]
        : [],
    );
  const noisyDrawn = grey(before);
  const denoisedDrawn = grey(after);
  const residualDrawn = computed((): readonly DrawnLayer[] =>
    alike.value && before.value
      ? [
          {
            bitmap: residualBitmap(alike.value.noisy, alike.value.denoised, limit.value),
            region: before.value.region,
          },
        ]
      : [],
  );
  const uncertaintyDrawn = computed((): readonly DrawnLayer[] =>
    alike.value && spread.value
      ? [
          {
            bitmap: uncertaintyBitmap(
              alike.value.denoised,
              spread.value.pixels,
              shownContrast.value,
              uncertaintyRange.value,
            ),
            region: spread.value.region,
          },
        ]
      : [],
  );

  const layers = computed(() => {
    const shown = shownMode.value;
    switch (shown) {
      case "before":
        return { left: noisyDrawn.value, right: noisyDrawn.value };
      case "after":
        return both([...noisyDrawn.value, ...denoisedDrawn.value]);
      case "split":
        return { left: noisyDrawn.value, right: [...noisyDrawn.value, ...denoisedDrawn.value] };
      case "residual":
        return both(residualDrawn.value);
      case "uncertainty":
        return both(uncertaintyDrawn.value);
      default:
        return shown satisfies never;
    }
  });

  const shownView = computed(() => {
    const image = current.value;
    if (!image || stage.value.width === 0) return undefined;
    return view.value ?? fitView(image, stage.value);
  });

  return {
    place,
    view,
    stage,
    shownView,
    mode,
    modes,
    shownMode,
    divider,
    contrast,
    shownContrast,
    inspecting,
    line,
    before,
    after,
    failure,
    residualLimit: limit,
    uncertaintyRange,
    layers,
    visible: () => {
      const image = current.value;
      const region =
        image && shownView.value
          ? visibleRegion(shownView.value, image, stage.value)
          : { x: 0, y: 0, width: 1, height: 1 };
      return { place: place.value, region };
    },
  };
}

const both = (
  drawn: readonly DrawnLayer[],
): { left: readonly DrawnLayer[]; right: readonly DrawnLayer[] } => ({
  left: drawn,
  right: drawn,
});
