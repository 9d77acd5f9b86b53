import { clidim } from "@clidim/clidim";
import { type MethodRegistry, methodRegistry } from "@clidim/denoise";
import { bilateral } from "./bilateral/method.js";
import { bm3d } from "./bm3d/method.js";
import { care } from "./care/method.js";
import { divnoising } from "./divnoising/method.js";
import { gaussian } from "./gaussianBlur/method.js";
import { hdn } from "./hdn/method.js";
import { noise2noise } from "./noise2noise/method.js";
import { noise2same } from "./noise2same/method.js";
import { noise2self } from "./noise2self/method.js";
import { noise2void } from "./noise2void/method.js";
import { nlm } from "./nonLocalMeans/method.js";
import { pn2v } from "./pn2v/method.js";
import { tv } from "./totalVariation/method.js";
import { vae } from "./vae/method.js";
import { waveletWiener } from "./waveletWiener/method.js";
import { wiener } from "./wiener/method.js";

/** All methods, in the order in which they are listed. */
export const methods: MethodRegistry = methodRegistry([
  clidim,
  care,
  noise2noise,
  noise2void,
  pn2v,
  divnoising,
  hdn,
  vae,
  noise2self,
  noise2same,
  gaussian,
  bilateral,
  wiener,
  waveletWiener,
  nlm,
  tv,
  bm3d,
]);
