export const upsamplingNames = ["transposed", "bilinear", "nearest"] as const;
/** How a decoder doubles extents: by a transposed convolution, or by interpolation and then a convolution. */
export type Upsampling = (typeof upsamplingNames)[number];
