export { type BilateralFilterOptions, bilateralFilter } from "./bilateral/bilateralFilter.js";
export { bilateral } from "./bilateral/method.js";
export { blockMatching3d, blockMatching3dSteps } from "./bm3d/blockMatching3d.js";
export type { BlockMatching3dOptions } from "./bm3d/filtering.js";
export { bm3d } from "./bm3d/method.js";
export { classicalMethods } from "./classicalMethods.js";
export { type BestBlur, bestGaussianBlur } from "./gaussianBlur/bestGaussianBlur.js";
export { gaussian } from "./gaussianBlur/method.js";
export { bestNonLocalMeans } from "./nonLocalMeans/bestNonLocalMeans.js";
export { nlm } from "./nonLocalMeans/method.js";
export { type NonLocalMeansOptions, nonLocalMeans } from "./nonLocalMeans/nonLocalMeans.js";
export type { BestStrength } from "./oracle/bestStrength.js";
export { methods } from "./registry.js";
export { bestTotalVariation } from "./totalVariation/bestTotalVariation.js";
export {
  type DenoiseTotalVariationOptions,
  denoiseTotalVariation,
} from "./totalVariation/denoiseTotalVariation.js";
export { tv } from "./totalVariation/method.js";
export { type EmpiricalWienerOptions, empiricalWiener } from "./waveletWiener/empiricalWiener.js";
export { waveletWiener } from "./waveletWiener/method.js";
export { type LocalWienerOptions, localWiener } from "./wiener/localWiener.js";
export { wiener } from "./wiener/method.js";
