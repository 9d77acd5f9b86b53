/**
 * What errors say of arguments that untyped code got wrong, for packages that build on this one: so that operations, layers and gradients complain in the
 * same words.
 */
export { describe, expectOptions, show } from "./primitives/expect.js";
