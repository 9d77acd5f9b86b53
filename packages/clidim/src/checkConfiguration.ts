import { checkRun, type Refuse } from "@clidim/denoise";
import { batchMembers, drawsNoise } from "./batchMembers.js";
import { contrastedRows, mostLayers } from "./contrastiveChoice.js";
import { smallestMsSsimSide } from "./losses/msSsim.js";
import type { Configuration } from "./schema.js";

/** What the keys of a configuration may be to each other. */
export function checkConfiguration(configuration: Configuration, refuse: Refuse): void {
  const { network, dropout, downs, crop, batch, weights, contrastive, updates, regions } = configuration;
  const { gainAugment, noiseAugment, normalization, frames, noiseLevelMap, l1Target } = configuration;
  const { output, topK } = configuration;
  const { mode, feature, layers, pretrainUpdates, startUpdate, fraction, includeFakes } = contrastive;
  checkRun({ crop, regions }, { of: 2 ** downs, text: `2^downs = ${2 ** downs}` }, refuse);
  if (network !== "pix2pix" && dropout > 0) refuse(["dropout"], `0 with network ${network}, which has none`);
  if (Object.values(weights).every((factor) => factor === 0)) {
    refuse(["weights"], "at least one weight above 0");
  }
  const { l1, ...others } = weights;
  if (l1Target === "noisy" && l1 > 0 && Object.values(others).every((factor) => factor === 0)) {
    refuse(
      ["l1Target"],
      "clean while all weights but l1 are 0, as nothing but the noisy images is compared with: the network would learn to change nothing",
    );
  }
  if (normalization.mode === "standard") {
    const unbounded = "with normalization.mode standard, whose values reach beyond";
    if (gainAugment > 0) {
      refuse(["gainAugment"], "0 with normalization.mode standard, which has no black level");
    }
    if (output === "tanh") refuse(["output"], `linear, filtered ${unbounded} the -1 and 1 of tanh`);
    for (const term of ["ssim", "msssim", "psnr"] as const) {
      if (weights[term] > 0) refuse(["weights", term], `0 ${unbounded} the range that the term goes by`);
    }
  }
  if (topK.decay < 1 && topK.floor === 1) {
    refuse(["topK", "decay"], "1 while topK.floor is 1, which keeps all; give floor as well, such as 0.5");
  }
  if (gainAugment > 0 && mode === "supcon" && contrastive.labels === "noise") {
    refuse(["gainAugment"], "0 while contrastive.labels is noise, as it changes the noise level of a crop");
  }
  if (drawsNoise(configuration) && mode === "supcon" && contrastive.labels === "noise") {
    const key = noiseAugment > 0 ? "noiseAugment" : "simulatedNoise";
    refuse([key], "0 while contrastive.labels is noise, as it changes the noise level of a crop");
  }
  if (frames > 1) {
    const { capture, noise, levels } = batchMembers({
      contrastive,
      noiseAugment: 0,
      simulatedNoise: 0,
      noiseLevelMap: false,
    });
    const one = "while frames is above 1, which has no other captures or noise of one page";
    if (l1Target === "noisy") refuse(["l1Target"], "clean while frames is above 1");
    if (capture) refuse(["contrastive", "captures"], `false ${one}`);
    if (noise) refuse(["contrastive", "augmentation"], `released, unresampled ${one}`);
    if (levels) refuse(["contrastive", "labels"], `scene ${one}`);
  }
  if (noiseLevelMap && (mode === "pretrain" || mode === "joint" || mode === "supcon")) {
    refuse(
      ["noiseLevelMap"],
      `false in contrastive.mode ${mode}, whose views have another noise than their pages`,
    );
  }
  if (weights.msssim > 0 && crop < smallestMsSsimSide()) {
    refuse(["weights", "msssim"], `0 for crops below ${smallestMsSsimSide()} pixels, which five scales need`);
  }
  const onDiscriminator = feature === "logits" || feature === "penultimate";
  if (mode === "disc" && !onDiscriminator)
    refuse(["contrastive", "feature"], "logits, penultimate in mode disc");
  if (mode === "disc" && weights.gan === 0) {
    refuse(["contrastive", "mode"], "any but disc while weights.gan is 0, as there is no discriminator then");
  }
  if ((mode === "pretrain" || mode === "joint" || mode === "supcon") && onDiscriminator) {
    refuse(["contrastive", "feature"], `bottleneck, finest in mode ${mode}`);
  }
  if (mode === "supcon" && contrastive.labels === "noise" && contrastive.augmentation !== "unresampled") {
    refuse(
      ["contrastive", "augmentation"],
      "unresampled while contrastive.labels is noise, as the other views have another noise level than their page",
    );
  }
  const contrasts = mode !== "off" && mode !== "patchnce";
  const samples = contrastedRows(batch, fraction) * (mode === "disc" && includeFakes ? 2 : 1);
  if (contrasts && samples < 2) {
    refuse(
      ["batch"],
      `at least 2 crops to contrast, but contrastive.fraction ${fraction} of the batch is 1, which has no negatives`,
    );
  }
  if (mode !== "off" && mode !== "pretrain" && startUpdate >= updates) {
    refuse(["contrastive", "startUpdate"], `less than updates = ${updates}, or the term never sets in`);
  }
  if (mode === "patchnce" && feature !== "finest") {
    if (layers > downs) refuse(["contrastive", "layers"], `at most downs = ${downs}`);
    else if (layers > mostLayers(crop)) {
      refuse(
        ["contrastive", "layers"],
        `at most ${mostLayers(crop)} for crops of ${crop} pixels, of which later blocks leave one place, which has no negatives`,
      );
    }
  }
  if (mode === "pretrain" && pretrainUpdates >= updates) {
    refuse(["contrastive", "pretrainUpdates"], `less than updates = ${updates}`);
  }
}
