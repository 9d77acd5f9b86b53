import type { Operator } from "../call.js";
import { contraction } from "./contraction.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { fourier } from "./fourier.js";
import { indexing } from "./indexing.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { quantization } from "./quantization.js";
import { reductions } from "./reductions.js";
import { resizing } from "./resize.js";
import { shapes } from "./shapes.js";

/** What is known, by the names of ONNX. */
export const operators: Readonly<Record<string, Operator>> = {
  ...contraction,
  ...convolution,
  ...elementwise,
  ...fourier,
  ...indexing,
  ...normalization,
  ...pooling,
  ...quantization,
  ...reductions,
  ...resizing,
  ...shapes,
};
