export { constant } from "./constant.js";
export { cosine } from "./cosine.js";
export { type ExponentialOptions, exponential } from "./exponential.js";
export { joined, type Phase } from "./joined.js";
export { linear, type RampOptions } from "./linear.js";
export { step } from "./step.js";
export { type WarmupOptions, warmup } from "./warmup.js";
