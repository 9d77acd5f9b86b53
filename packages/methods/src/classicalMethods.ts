import type { ClassicalMethod } from "@clidim/denoise";
import { bilateral } from "./bilateral/method.js";
import { bm3d } from "./bm3d/method.js";
import { gaussian } from "./gaussianBlur/method.js";
import { nlm } from "./nonLocalMeans/method.js";
import { tv } from "./totalVariation/method.js";
import { waveletWiener } from "./waveletWiener/method.js";
import { wiener } from "./wiener/method.js";

/** The methods without training, in the order in which they are listed: what threads that apply them need. */
export const classicalMethods: readonly ClassicalMethod[] = [
  gaussian,
  bilateral,
  wiener,
  waveletWiener,
  nlm,
  tv,
  bm3d,
];
