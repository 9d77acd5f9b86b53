import { effect, type ReadonlySignal, type Signal } from "@preact/signals";
import type { OpenedImage, Place, PlanePixels, Rectangle } from "../../engine/engine.js";
import type { Planes } from "../session/planes.js";
import type { Size } from "./view.js";

/** A plane or a part of it, and where in the image it is. */
export interface Layer {
  readonly pixels: PlanePixels;
  readonly region: Rectangle;
}

/** What is looked at. */
export interface Followed {
  readonly image: () => OpenedImage | undefined;
  readonly place: ReadonlySignal<Place>;
  readonly planes: Planes;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds that a view rests before its region is read. */
const REST = 150;

const whole = ({ width, height }: Size): Rectangle => ({ x: 0, y: 0, width, height });

/** Keeps a layer at the plane of an image that is looked at. An answer that comes after the next question is thrown away. */
export function followPlane(
  { image: of, place, planes, onError }: Followed,
  into: Signal<Layer | undefined>,
): void {
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
        if (mine === asked) onError(error);
      },
    );
  });
}

/** Keeps a layer at a region of the plane that is looked at; nothing where there is no region. While the region moves, the layer stays; of another plane it goes at once. */
export function followRegion(
  { image: of, place, planes, onError }: Followed,
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
      planes.get(image.id, at, region).then(
        (pixels) => {
          if (mine !== asked) return;
          held = { image, at };
          into.value = { pixels, region };
        },
        (error: unknown) => {
          if (mine === asked) onError(error);
        },
      );
    }, REST);
    return () => clearTimeout(timer);
  });
}
