export const outputNames = ["tanh", "linear", "filtered"] as const;
/**
 * What becomes of a generator's last values u. "tanh": tanh(u), as published. "linear": u. "filtered": x * w + u, a learnt 9 x 9 filter of the image plus a correction. w
 * starts as a Gaussian of sigma 1 pixel, so training sets out from a blurred image, with the brightness and contrast of the input, and full resolution has a path without
 * a stride. Needs as many output as input channels.
 */
export type GeneratorOutput = (typeof outputNames)[number];
