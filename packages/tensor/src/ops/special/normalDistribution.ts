import type { Tensor } from "../../tensor.js";
import { div, erfc, exp, log, mul, neg, reciprocal, sqrt, square, sub } from "../arithmetic.js";
import { isnan } from "../classification.js";
import { eq, gt, lt } from "../comparison.js";
import { erfinv } from "../erfinv.js";
import { log1p } from "../log1p.js";
import { and } from "../logic.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { erfcx } from "./erfcx.js";
import { inSingle } from "./inSingle.js";
import { withDerivative } from "./withDerivative.js";

/** The share of a standard normal distribution that is below x, erfc(-x / sqrt(2)) / 2: PyTorch's and JAX's `ndtr`. */
export const ndtr = (x: Tensor): Tensor => inSingle("ndtr", x, (y) => mul(erfc(mul(y, -Math.SQRT1_2)), 0.5));

/** log(ndtr(x)), which keeps its digits where ndtr underflows: PyTorch's `log_ndtr`. */
export const logNdtr = (x: Tensor): Tensor =>
  inSingle("logNdtr", x, (y) => {
    const isLow = lt(y, -1);
    const low = where(isLow, y, -1);
    const tail = sub(log(mul(erfcx(mul(low, -Math.SQRT1_2)), 0.5)), mul(square(low), 0.5));
    const bulk = log1p(mul(erfc(mul(where(isLow, 0, y), Math.SQRT1_2)), -0.5));
    // The density over the share.
    const slope = (own: Tensor): Tensor => div(Math.sqrt(2 / Math.PI), erfcx(mul(own, -Math.SQRT1_2)));
    return withDerivative("logNdtr", y, where(isLow, tail, bulk), slope);
  });

/** -ndtri(p) / z of 1 / z, with z = sqrt(-2 log p), for p below 0.03: a fit of relative error 2e-8. */
const tailFit = [
  341.269531, -782.040588, 795.929993, -476.964386, 189.320496, -54.1722412, 12.8211946, -3.75204086,
  -0.0427748188, 1.00038815,
] as const;

/** The place that a share p of a standard normal distribution is below, the inverse of `ndtr`: PyTorch's and JAX's `ndtri`. Infinite at 0 and 1, NaN outside of them. Small p keep their digits. */
export const ndtri = (p: Tensor): Tensor =>
  inSingle("ndtri", p, (y) => {
    const isUpper = gt(y, 0.5);
    const share = where(isUpper, sub(1, y), y);
    const isTail = lt(share, 0.03);
    const isInside = and(isTail, gt(share, 0));
    const z = sqrt(mul(log(where(isInside, share, 0.03)), -2));
    const tail = mul(z, polynomial(reciprocal(z), tailFit));
    const bulk = mul(erfinv(sub(1, mul(where(isTail, 0.5, share), 2))), Math.SQRT2);
    const size = where(isTail, tail, bulk);
    const end = where(eq(share, 0), Number.POSITIVE_INFINITY, size);
    const distance = where(lt(share, 0), Number.NaN, end);
    const value = where(isUpper, distance, neg(distance));
    const known = where(isnan(y), y, value);
    return withDerivative("ndtri", y, known, (_, own) =>
      mul(exp(mul(square(own), 0.5)), Math.sqrt(2 * Math.PI)),
    );
  });
