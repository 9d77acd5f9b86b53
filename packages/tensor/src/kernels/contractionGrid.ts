import type { Profile } from "../device/profile.js";

/** Splits a count of workgroups that may exceed the limit per dimension into [y, z]: y * z >= count, excess ones do nothing. */
export function splitGrid(count: number, profile: Profile): readonly [number, number] {
  const limit = profile.limits.maxComputeWorkgroupsPerDimension;
  const z = Math.ceil(count / limit);
  return [Math.ceil(count / Math.max(z, 1)), z];
}
