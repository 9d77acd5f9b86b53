import { clidim } from "@clidim/clidim";
import { type MethodRegistry, methodRegistry } from "@clidim/denoise";
import { care } from "./care/method.js";
import { classicalMethods } from "./classicalMethods.js";
import { divnoising } from "./divnoising/method.js";
import { hdn } from "./hdn/method.js";
import { noise2noise } from "./noise2noise/method.js";
import { noise2same } from "./noise2same/method.js";
import { noise2self } from "./noise2self/method.js";
import { noise2void } from "./noise2void/method.js";
import { pn2v } from "./pn2v/method.js";
import { vae } from "./vae/method.js";

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
  ...classicalMethods,
]);
