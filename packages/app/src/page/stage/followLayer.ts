import { effect, type ReadonlySignal, type Signal } from "@preact/signals";
import type { OpenedImage, Place, Rectangle } from "../../engine/engine.js";
import type { Layer, Painter, PlaneChoice } from "../../engine/painter.js";
import { followAnswer } from "../session/followAnswer.js";
import type { Size } from "./view.js";

/** What is looked at. */
export interface Followed {
  readonly image: () => OpenedImage | undefined;
  readonly place: ReadonlySignal<Place>;
  readonly painter: Painter;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds that a view rests before its region is read. */
const REST = 150;

const whole = ({ width, height }: Size): Rectangle => ({ x: 0, y: 0, width, height });

/** Keeps a layer at the plane of an image that is looked at. While another plane of the image is read, the one of before stays. */
export function followPlane(
  { image: of, place, painter, onError }: Followed,
  into: Signal<Layer | undefined>,
): void {
  followAnswer({
    asked: () => {
      const image = of();
      return image && { plane: { image: image.id, place: place.value }, region: whole(image) };
    },
    subject: ({ plane }) => plane.image,
    answer: async (asked) => ({ ...asked, facts: await painter.look(asked.plane) }),
    ...{ into, onError },
  });
}

/** Keeps a layer at a region of the plane that is looked at; nothing where there is no region. While the region moves, the layer stays; of another plane it goes at once. */
export function followRegion(
  { image: of, place, painter, onError }: Followed,
  wanted: ReadonlySignal<Rectangle | undefined>,
  into: Signal<Layer | undefined>,
): void {
  let asked = 0;
  let held: { readonly image: OpenedImage; readonly at: Place } | undefined;
  effect(() => {
    const image = of();
    const at = place.value;
    const region = wanted.value;
    asked++;
    const mine = asked;
    if (!region || held?.image !== image || held?.at !== at) into.value = undefined;
    if (!image || !region) return undefined;
    const timer = setTimeout(() => {
      const plane: PlaneChoice = { image: image.id, place: at, region };
      painter.look(plane).then(
        (facts) => {
          if (mine !== asked) return;
          held = { image, at };
          into.value = { plane, facts, region };
        },
        (error: unknown) => {
          if (mine === asked) onError(error);
        },
      );
    }, REST);
    return () => clearTimeout(timer);
  });
}
