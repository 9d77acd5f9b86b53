/**
 * How long it takes to the first result, a page of 512 x 512 pixels, on two cores without a GPU: with the training where there is one, by the method's first preset, and with the choice of parameters where there is
 * none. "minutes": up to ten.
 */
export type TimeClass = "seconds" | "minutes" | "tens of minutes" | "hours";

/** What somebody with images should know of a method before taking it, beside what its other members say. In plain words, without full stops. */
export interface MethodGuide {
  /** What it gives beside the denoised image, each in a few words: "the standard deviation that it predicts for each pixel". */
  readonly gives: readonly string[];
  readonly time: TimeClass;
  /** Goes on after "take it where": "there is nothing but one noisy image". */
  readonly when: string;
  /** Goes on after "it cannot": "remove noise that is correlated from pixel to pixel". */
  readonly cannot: string;
  /** The publication that whoever uses it cites, where there is one. */
  readonly source?: Publication;
}

/** A publication, and where it is. */
export interface Publication {
  readonly text: string;
  readonly url: string;
}
