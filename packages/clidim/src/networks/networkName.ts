export const networkNames = ["pix2pix", "unet"] as const;
/** "pix2pix": the paper's U-Net, `pix2pixGenerator`. "unet": `unet`, without normalisation and dropout. */
export type NetworkName = (typeof networkNames)[number];
