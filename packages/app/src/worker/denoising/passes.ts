/** Passes over which a map of uncertainty is taken. */
export const PASSES = 8;
