export { i0, i0e, i1, i1e } from "./besselI.js";
export { j0, j1, y0, y1 } from "./besselJY.js";
export { k0, k0e, k1, k1e } from "./besselK.js";
export { erfcx } from "./erfcx.js";
export { digamma, lgamma, polygamma } from "./gamma.js";
export { gammainc, gammaincc } from "./gammainc.js";
export { entr, logit, xlog1py, xlogy } from "./logarithms.js";
export { logNdtr, ndtr, ndtri } from "./normalDistribution.js";
