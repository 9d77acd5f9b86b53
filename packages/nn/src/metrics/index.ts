export { accuracy, topKAccuracy } from "./accuracy.js";
export {
  type Average,
  type AverageOptions,
  confusionMatrix,
  type FScoreOptions,
  fScore,
  iou,
  precision,
  recall,
} from "./confusionMatrix.js";
export { rocAuc } from "./rocAuc.js";
