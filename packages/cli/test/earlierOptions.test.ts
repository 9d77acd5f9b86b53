import { expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

/** The keys of a configuration, as options of revision 9e21ea3. */
const keys = `
--batch --beta1 --beta2 --config --constant-rate --constantRate --contrastive.augmentation
--contrastive.captures --contrastive.feature --contrastive.fraction --contrastive.include-fakes
--contrastive.includeFakes --contrastive.l2norm --contrastive.labels --contrastive.layers
--contrastive.loss --contrastive.mask-overlap --contrastive.maskOverlap --contrastive.mode
--contrastive.noise-bins --contrastive.noiseBins --contrastive.patches
--contrastive.pretrain-updates --contrastive.pretrainUpdates --contrastive.projection
--contrastive.start-update --contrastive.startUpdate --contrastive.temperature --contrastive.weight
--crop --diff-augment --diffAugment --downs --dropout --gan-loss --ganLoss --gradient-penalty
--gradientPenalty --ground-truth --groundTruth --l1-target --l1Target --learning-rate --learningRate
--ndf --ngf --normalization.bound --normalization.high --normalization.low --normalization.mode
--normalization.scope --output --precision --preset --regions --selection --shots --split
--ssim-unbiased --ssim-window --ssimUnbiased --ssimWindow --top-k.decay --top-k.floor --topK.decay
--topK.floor --tv-reduction --tvReduction --updates --upsampling --weights.gan --weights.l1
--weights.msssim --weights.psnr --weights.ssim --weights.tv
`;

/** The options of its commands; train took those of the keys that its help did not list too. */
const options: Readonly<Record<string, string>> = {
  demo: "--batch --crop --downs --ngf --out --scenes --seed --size --updates",
  train: `--clean --noisy --out --resume --seed --test-clean --test-noisy --test-regions --validation ${keys}`,
  config: keys,
  tune: keys,
  denoise: "--ensemble --model --normalization --out --report --uncertainty",
  evaluate: "--as-released --baselines --clean --json --noisy --prediction",
  ablate: "--config --data --out",
  fetch: "--base-url --checksum --out",
};

test.each(Object.entries(options))("%s still takes every option that it once took", async (command, list) => {
  for (const option of list.trim().split(/\s+/)) {
    const { printed, ...terminal } = captureTerminal();
    // Without a value, or without what the command cannot do without, nothing is done.
    expect(await main([command, option], terminal), `${command} ${option}`).toBe(2);
    expect(printed.err).toMatch(/argument missing|required option|missing required argument/);
    expect(printed.err).not.toMatch(/unknown option/);
  }
});

test("an option that there never was is unknown", async () => {
  const { printed, ...terminal } = captureTerminal();
  expect(await main(["config", "--weights.l3"], terminal)).toBe(2);
  expect(printed.err).toMatch(/unknown option '--weights\.l3'/);
});
