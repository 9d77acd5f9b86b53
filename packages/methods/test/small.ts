import type { Plain } from "@clidim/denoise";

/** What makes a preset of a method small enough to be trained in a second or two. */
export const small: Readonly<Record<string, Plain>> = {
  clidim: { crop: 32, batch: 2, ngf: 2, ndf: 2, downs: 2 },
  care: { crop: 32, batch: 2, filters: 2, depth: 2 },
  noise2noise: { crop: 32, batch: 2, filters: 2, depth: 2 },
  noise2same: { crop: 32, batch: 2, filters: 2 },
  noise2self: { crop: 32, batch: 2, filters: 2 },
  pn2v: { crop: 32, batch: 2, filters: 2, samples: 100 },
  divnoising: { crop: 32, batch: 2, filters: 2, latents: 2, samples: 3 },
  hdn: { crop: 32, batch: 2, filters: 2, latents: 2, depth: 2, blocks: 1, samples: 3 },
  vae: { crop: 32, batch: 2, filters: 2, latents: 2, samples: 3 },
  noise2void: { crop: 32, batch: 2, filters: 2 },
};
