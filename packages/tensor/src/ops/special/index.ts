export { i0, i0e, i1, i1e } from "./bessel.js";
export { erfcx } from "./erfcx.js";
export { digamma, lgamma, polygamma } from "./gamma.js";
export { entr, logit, xlog1py, xlogy } from "./logarithms.js";
export { logNdtr, ndtr, ndtri } from "./normalDistribution.js";
