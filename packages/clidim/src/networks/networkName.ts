export const networkNames = ["pix2pix", "unet", "nafnet"] as const;
/** "pix2pix": the paper's U-Net, `pix2pixGenerator`. "unet": `unet`, without normalisation and dropout. "nafnet": `nafnet`, without activation functions. */
export type NetworkName = (typeof networkNames)[number];
