import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { automaticContrast } from "../../engine/automaticContrast.js";
import type { OpenedImage, Place, Rectangle } from "../../engine/engine.js";
import type { Contrast, Layer, Line, Painter, Picture, PlaneChoice } from "../../engine/painter.js";
import { placeIn } from "../../engine/placeIn.js";
import type { Denoising } from "../session/denoising.js";
import { type Failure, failureOf } from "../session/failure.js";
import { followAnswer } from "../session/followAnswer.js";
import type { Images } from "../session/images.js";
import { alikeLayers } from "./alikeLayers.js";
import { followPlane, followRegion } from "./followLayer.js";
import { fitView, magnification, type Size, type View, visibleRegion } from "./view.js";

/** A layer as it is drawn. */
export interface DrawnLayer {
  readonly bitmap: ImageBitmap;
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
  /** Says why something of the image cannot be shown. */
  fail(error: unknown): void;
  /** Whether something is drawn of the image. */
  readonly drawn: ReadonlySignal<boolean>;
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

const samePlace = (one: Place, other: Place): boolean =>
  (["C", "Z", "T"] as const).every((axis) => (one[axis] ?? 0) === (other[axis] ?? 0));

export function createViewer(images: Images, denoising: Denoising, painter: Painter): Viewer {
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
  const sharpBefore = signal<Layer | undefined>(undefined);
  const sharpFinished = signal<Layer | undefined>(undefined);
  const sharpSpread = signal<Layer | undefined>(undefined);
  const failure = signal<Failure | undefined>(undefined);
  const { current, list } = images;

  effect(() => {
    const image = current.value;
    batch(() => {
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

  const result = computed(() => denoising.result.value?.image);
  const scatter = computed(() => denoising.result.value?.uncertainty?.image);
  const shownView = computed(() => {
    const image = current.value;
    if (!image || stage.value.width === 0) return undefined;
    return view.value ?? fitView(image, stage.value);
  });
  /** What is on the screen, where the plane has come reduced and the screen has more pixels for it. */
  const sharper = computed((): Rectangle | undefined => {
    const [image, plane, at] = [current.value, before.value?.facts, shownView.value];
    if (!image || !plane || !at || plane.width >= image.width) return undefined;
    if (magnification(at) <= plane.width / image.width) return undefined;
    return visibleRegion(at, image, stage.value);
  });
  const fail = (error: unknown): void => {
    failure.value = failureOf(error);
  };
  const follow = (
    image: () => OpenedImage | undefined,
    layer: Signal<Layer | undefined>,
    sharp: Signal<Layer | undefined>,
  ): void => {
    followPlane({ image, place, painter, onError: fail }, layer);
    // A region is one of the image that is open; a result of another size has others.
    const alikeInSize = (): OpenedImage | undefined => {
      const [shown, of] = [image(), current.value];
      return shown?.width === of?.width && shown?.height === of?.height ? shown : undefined;
    };
    followRegion({ image: alikeInSize, place, painter, onError: fail }, sharper, sharp);
  };
  follow(() => current.value, before, sharpBefore);
  follow(() => result.value, finished, sharpFinished);
  follow(() => scatter.value, spread, sharpSpread);
  // What could not be shown of one plane says nothing of the next.
  effect(() => {
    if (current.value && place.value) failure.value = undefined;
  });

  const preview = computed((): Layer | undefined => {
    const job = denoising.running.value;
    const made = job?.preview;
    if (!made || job.image !== current.value?.id || !samePlace(made.plane.place, place.value))
      return undefined;
    return made;
  });
  const replacing = computed(() => denoising.running.value?.image === current.value?.id);
  const after = computed(() => preview.value ?? (replacing.value ? undefined : finished.value));
  const sharpAfter = computed(() => (after.value === finished.value ? sharpFinished.value : undefined));
  const alike = alikeLayers(() => [before.value, after.value]);
  const sharpAlike = alikeLayers(() => [sharpBefore.value, sharpAfter.value]);
  const withSpread = alikeLayers(() => [before.value, after.value, spread.value]);
  const sharpWithSpread = alikeLayers(() => [sharpBefore.value, sharpAfter.value, sharpSpread.value]);

  const modes = computed((): readonly Mode[] => {
    if (!after.value) return ["before"];
    const pair: readonly Mode[] = alike.value ? ["residual"] : [];
    const own: readonly Mode[] = withSpread.value ? ["uncertainty"] : [];
    return ["split", "before", "after", ...pair, ...own];
  });
  const shownMode = computed(() => (modes.value.includes(mode.value) ? mode.value : modes.value[0]!));
  const shownContrast = computed((): Contrast => {
    if (contrast.value) return contrast.value;
    return automaticContrast(before.value?.facts ?? { low: 0, high: 1, greatest: 1 });
  });

  const limit = signal<number | undefined>(undefined);
  followAnswer({
    asked: () => (sharpAlike.value ?? alike.value)?.map(({ plane }) => plane),
    subject: (planes) => planes[1]!.image, // noisy, denoised
    wanted: () => shownMode.value === "residual",
    answer: ([noisy, denoised]) => painter.residualLimit(noisy!, denoised!), // see above
    ...{ into: limit, onError: fail },
  });
  const uncertaintyRange = computed((): Contrast => withSpread.value?.[2].facts ?? { low: 0, high: 1 });
  const colour = computed(() => {
    const image = current.value;
    return image?.channelColours?.[placeIn(image, place.value).C ?? 0];
  });

  /** What is painted of a plane, while it is among what is shown. */
  const painted = (
    modes: readonly Mode[],
    asked: () =>
      | { readonly plane: PlaneChoice; readonly picture: Picture; readonly region: Rectangle }
      | undefined,
  ): ReadonlySignal<DrawnLayer | undefined> => {
    const into = signal<DrawnLayer | undefined>(undefined);
    followAnswer({
      asked,
      subject: ({ plane }) => plane.image,
      wanted: () => modes.includes(shownMode.value),
      answer: async ({ picture, region }) => ({ bitmap: await painter.paint(picture), region }),
      // Pixels that wait for being collected fill the memory before anybody comes for them.
      drop: ({ bitmap }) => bitmap.close(),
      ...{ into, onError: fail },
    });
    return into;
  };
  const grey = (
    modes: readonly Mode[],
    layer: ReadonlySignal<Layer | undefined>,
  ): ReadonlySignal<DrawnLayer | undefined> =>
    painted(modes, () => {
      if (!layer.value) return undefined;
      const { plane, region } = layer.value;
      const inColour = colour.value === undefined ? {} : { colour: colour.value };
      return { plane, region, picture: { kind: "grey", plane, contrast: shownContrast.value, ...inColour } };
    });
  const residual = (pair: typeof alike): ReadonlySignal<DrawnLayer | undefined> =>
    painted(["residual"], () => {
      if (!pair.value || limit.value === undefined) return undefined;
      const [{ plane: noisy }, { plane: denoised, region }] = pair.value;
      return { plane: denoised, region, picture: { kind: "residual", noisy, denoised, limit: limit.value } };
    });
  const uncertain = (layers: typeof withSpread): ReadonlySignal<DrawnLayer | undefined> =>
    painted(["uncertainty"], () => {
      if (!layers.value) return undefined;
      const [, { plane: denoised, region }, { plane: spread }] = layers.value;
      const [contrast, range] = [shownContrast.value, uncertaintyRange.value];
      return { plane: denoised, region, picture: { kind: "uncertainty", denoised, spread, contrast, range } };
    });
  /** The whole plane, and what is sharper over it. */
  const both = (
    ...drawn: readonly ReadonlySignal<DrawnLayer | undefined>[]
  ): ReadonlySignal<readonly DrawnLayer[]> => computed(() => drawn.flatMap(({ value }) => value ?? []));
  const beside: readonly Mode[] = ["before", "after", "split"];
  const noisyDrawn = both(grey(beside, before), grey(beside, sharpBefore));
  const denoisedDrawn = both(grey(["after", "split"], after), grey(["after", "split"], sharpAfter));
  const residualDrawn = both(residual(alike), residual(sharpAlike));
  const uncertaintyDrawn = both(uncertain(withSpread), uncertain(sharpWithSpread));

  const layers = computed(() => {
    const shown = shownMode.value;
    switch (shown) {
      case "before":
        return { left: noisyDrawn.value, right: noisyDrawn.value };
      case "after":
        return everywhere([...noisyDrawn.value, ...denoisedDrawn.value]);
      case "split":
        return { left: noisyDrawn.value, right: [...noisyDrawn.value, ...denoisedDrawn.value] };
      case "residual":
        return everywhere(residualDrawn.value);
      case "uncertainty":
        return everywhere(uncertaintyDrawn.value);
      default:
        return shown satisfies never;
    }
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
    fail,
    drawn: computed(() => noisyDrawn.value.length > 0),
    residualLimit: computed(() => limit.value ?? 1),
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

/** On both sides of the divider. */
const everywhere = (
  drawn: readonly DrawnLayer[],
): { left: readonly DrawnLayer[]; right: readonly DrawnLayer[] } => ({
  left: drawn,
  right: drawn,
});
