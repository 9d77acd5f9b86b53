// Noisy pages of real microscopes, each with what is taken for its truth: {name, noisy, clean} of all, one by one. `data` has the folders fmd-confocal-nuclei, fmd-confocal-singles, w2s-widefield and hagen-bpae.
import { join } from "node:path";
import { readStack } from "@clidim/imaging/node";

export async function* realPages(data) {
  const pages = async (folder, file) => (await readStack(join(data, folder, file))).pages;
  const truths = await pages("fmd-confocal-nuclei", "clean_mean50_x256_u16.tif");
  for (const [i, truth] of truths.entries()) {
    const name = `fov${String(i + 1).padStart(2, "0")}`;
    const [noisy] = await pages("fmd-confocal-nuclei", `${name}_noisy.tif#0`);
    yield {
      name: `nuclei ${name}`,
      noisy,
      clean: { ...truth, data: Float64Array.from(truth.data, (v) => v / 256) },
    };
  }
  for (const name of ["bpae_g", "bpae_r"]) {
    const [noisy] = await pages("fmd-confocal-singles", `${name}_noisy.tif`);
    const [clean] = await pages("fmd-confocal-singles", `${name}_clean.tif`);
    yield { name, noisy, clean };
  }
  const [noisy, clean] = [
    await pages("hagen-bpae", "actin60x_noisy_u16.tif"),
    await pages("hagen-bpae", "actin60x_clean_aligned_u16.tif"),
  ];
  yield { name: "hagen actin", noisy: noisy[0], clean: clean[0] };
  const w2s = await pages("w2s-widefield", "noisy_u16.tif");
  const w2sClean = await pages("w2s-widefield", "clean_aligned_u16.tif");
  for (const [i, page] of w2s.entries()) yield { name: `w2s page ${i}`, noisy: page, clean: w2sClean[i] };
}
