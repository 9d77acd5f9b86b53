import { gaussian } from "./classical/gaussianBlurMethod.js";
import { nlm } from "./classical/nonLocalMeansMethod.js";
import { tv } from "./classical/totalVariationMethod.js";
import { clidim } from "./method.js";
import { type MethodRegistry, methodRegistry } from "./protocol/registry.js";

/** All methods, in the order in which they are listed. */
export const methods: MethodRegistry = methodRegistry([clidim, gaussian, nlm, tv]);
