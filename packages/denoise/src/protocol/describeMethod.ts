import type { MethodGuide } from "./guide.js";
import type { Method, Target } from "./method.js";

/** A method as listings and documentation have it. Plain data. */
export interface MethodDescription extends MethodGuide {
  readonly name: string;
  readonly title: string;
  readonly kind: Method["kind"];
  /** Of trained methods. */
  readonly target?: Target;
  /** The images that it needs, in words: "noisy images and clean ones of the same scenes". */
  readonly needs: string;
  readonly summary: string;
  /** Where a configuration of a trained method can start, the default first, and what each of these presets is for; of others, none. */
  readonly presets: readonly { readonly name: string; readonly description: string }[];
}

/** What is known of a method before it sees an image. */
export function describeMethod(method: Method): MethodDescription {
  const { name, title, kind, summary, guide } = method;
  const target = method.kind === "trained" && { target: method.target };
  const drawing = method.kind === "trained" && method.posteriorSample;
  const gives = drawing ? [...guide.gives, "these samples, as a stack"] : guide.gives;
  const presets = Object.entries(method.kind === "trained" ? method.space.presetGuide : {}).map(
    ([preset, description]) => ({ name: preset, description }),
  );
  return { name, title, kind, ...target, needs: imagesOf(method), summary, ...guide, gives, presets };
}

function imagesOf(method: Method): string {
  const images = method.kind === "classical" ? "one noisy image" : trainingImages[method.target];
  return method.takesNoise ? `${images}; a noise model, estimated where none is given` : images;
}

const trainingImages: Readonly<Record<Target, string>> = {
  clean: "noisy images and clean ones of the same scenes",
  capture: "two noisy captures or more of each scene",
  none: "noisy images",
};
