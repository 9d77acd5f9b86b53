import type { ConfiguredNoise } from "./configuredNoise.js";

/** With the noise that a run was begun with, where it is the same: measured on the like, with the same line. Its mixture or histogram may be computed otherwise by now. */
export function resumedNoise<C extends { readonly noise?: ConfiguredNoise }>(begun: C, now: C): C {
  const [before, after] = [begun.noise, now.noise];
  const same =
    before && before.from === after?.from && before.gain === after.gain && before.offset === after.offset;
  return same ? { ...now, noise: before } : now;
}
