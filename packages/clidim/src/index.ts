export { type DiffAugmentPolicy, diffAugment } from "./augment/diffAugment.js";
export { type Augmentation, drawView } from "./augment/drawView.js";
export { batchMembers } from "./batchMembers.js";
export type { ContrastiveOptions } from "./contrastive/contrastiveOptions.js";
export { infoNce } from "./contrastive/infoNce.js";
export { ntXent } from "./contrastive/ntXent.js";
export { type PatchNceOptions, patchNce } from "./contrastive/patchNce.js";
export { type HeadTree, type ProjectionHeadOptions, projectionHead } from "./contrastive/projectionHead.js";
export { sameCrop } from "./contrastive/sameCrop.js";
export { type SupConOptions, supCon } from "./contrastive/supCon.js";
export type { ContrastiveChoice, ContrastiveMode } from "./contrastiveChoice.js";
export { contrastiveModes } from "./contrastiveChoice.js";
export { dssim, type SsimOptions } from "./losses/dssim.js";
export { type GanLoss, ganLoss, ganLosses } from "./losses/ganLoss.js";
export { gradientPenalty } from "./losses/gradientPenalty.js";
export { l1Loss } from "./losses/l1Loss.js";
export { lowestMean } from "./losses/lowestMean.js";
export { type MsSsimOptions, msSsim } from "./losses/msSsim.js";
export { psnrLoss } from "./losses/psnrLoss.js";
export { r1Penalty } from "./losses/r1Penalty.js";
export { type TotalVariationOptions, totalVariation } from "./losses/totalVariation.js";
export { clidim } from "./method.js";
export { type DiscriminatorTree, patchDiscriminator } from "./networks/discriminator.js";
export {
  type GeneratorTree,
  type GeneratorVariables,
  type Upsampling,
  unetGenerator,
} from "./networks/generator.js";
export { discriminatorOf, generatorOf } from "./networks/networks.js";
export { presets } from "./presets.js";
export { Configuration, type PresetName, presetNames } from "./schema.js";
export type { ClidimState, NetworkState } from "./state.js";
export type { ContrastiveState } from "./step/contrastiveState.js";
export { type TrainingStep, trainingStep } from "./step/step.js";
