export { type BestBlur, bestGaussianBlur } from "./gaussianBlur/bestGaussianBlur.js";
export { gaussian } from "./gaussianBlur/method.js";
export { nlm } from "./nonLocalMeans/method.js";
export { type NonLocalMeansOptions, nonLocalMeans } from "./nonLocalMeans/nonLocalMeans.js";
export { type BestStrength, bestNonLocalMeans, bestTotalVariation } from "./oracle/bestStabilized.js";
export { methods } from "./registry.js";
export {
  type DenoiseTotalVariationOptions,
  denoiseTotalVariation,
} from "./totalVariation/denoiseTotalVariation.js";
export { tv } from "./totalVariation/method.js";
