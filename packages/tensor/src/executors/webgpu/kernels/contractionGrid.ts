import type { AdapterTraits } from "../device/adapterTraits.js";

/** Splits a count of workgroups that may exceed the limit per dimension into [y, z]: y * z >= count, excess ones do nothing. */
export function splitGrid(count: number, traits: AdapterTraits): readonly [number, number] {
  const limit = traits.limits.maxComputeWorkgroupsPerDimension;
  const z = Math.ceil(count / limit);
  return [Math.ceil(count / Math.max(z, 1)), z];
}
