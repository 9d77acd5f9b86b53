import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** The input, unchanged. */
export const identity = (): Layer<None, None> => lambda("identity", (x) => x);
