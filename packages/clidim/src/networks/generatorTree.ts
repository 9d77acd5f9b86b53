import type { Variables } from "@clidim/nn";
import type { LayerLeaves } from "./layerLeaves.js";

/** Per block of a generator, by name and counted from the outermost, its layers by name. */
export type GeneratorTree = Readonly<Record<string, Readonly<Record<string, LayerLeaves>>>>;

/** Parameters and running statistics of a generator. */
export type GeneratorVariables = Variables<GeneratorTree, GeneratorTree>;
