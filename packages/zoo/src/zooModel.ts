/** How near images come to clean ones, in the mean: dB of PSNR (peak: range of the clean image) and SSIM. */
export interface Scores {
  readonly psnr: number;
  readonly ssim: number;
}

/** A model on images that it was not trained on, beside the method without training that did best on them. */
export interface Measured {
  /** "filaments and nuclei, 30 photons". */
  readonly images: string;
  /** Whether the images are simulated, with a truth that is known; else a mean of many captures is taken for it. */
  readonly simulated: boolean;
  readonly count: number;
  readonly noisy: Scores;
  readonly model: Scores;
  /** The best of the methods without training by its PSNR, each with parameters that it chose on the noisy images themselves. */
  readonly classical: Scores & { readonly method: string };
}

/** A model of the zoo with its card. */
export interface ZooModel {
  /** As command lines have it, behind `zoo:`. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Goes on after "take it where". */
  readonly when: string;
  /** Goes on after "it cannot". */
  readonly cannot: string;
  /** `name@version` of the method whose network it is. */
  readonly method: string;
  /** What it was trained on, in a sentence. */
  readonly training: string;
  /** What trains it again, in the repository. */
  readonly command: string;
  /** SPDX identifier. */
  readonly license: string;
  /** The safetensors file: in Node a file of the package, in a page an address of the same site. */
  readonly file: URL;
  readonly bytes: number;
  readonly sha256: string;
  readonly measured: readonly Measured[];
}
