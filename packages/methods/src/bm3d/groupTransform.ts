import { haar, inverseHaar } from "./haar.js";

/** The block spectra of `length` values at `slots`, transformed along their group (`haar`): its lower two levels as they are read. */
export function gather(
  spectra: Float64Array,
  slots: Int32Array,
  count: number,
  length: number,
  group: Float64Array,
): void {
  if (count < 4) {
    for (let b = 0; b < count; b++) {
      const from = slots[b]! * length;
      for (let k = 0; k < length; k++) group[b * length + k] = spectra[from + k]!;
    }
    haar(group, count, length);
    return;
  }
  for (let b = 0; b < count; b += 4) gatherFour(spectra, slots, b, length, group);
  haar(group, count, length, 4);
}

/** Transforms a group back, in place, and adds `weight` times each of its arrays to the spectra at `slots`: the lower two levels as they are added. */
export function scatter(
  group: Float64Array,
  slots: Int32Array,
  count: number,
  length: number,
  weight: number,
  spectra: Float64Array,
): void {
  if (count < 4) {
    inverseHaar(group, count, length);
    for (let b = 0; b < count; b++) {
      const to = slots[b]! * length;
      for (let k = 0; k < length; k++) spectra[to + k]! += weight * group[b * length + k]!;
    }
    return;
  }
  inverseHaar(group, count, length, 4);
  for (let b = 0; b < count; b += 4) scatterFour(group, slots, b, length, weight, spectra);
}

function gatherFour(
  spectra: Float64Array,
  slots: Int32Array,
  b: number,
  length: number,
  group: Float64Array,
): void {
  const first = slots[b]! * length;
  const second = slots[b + 1]! * length;
  const third = slots[b + 2]! * length;
  const fourth = slots[b + 3]! * length;
  let to = b * length;
  for (let k = 0; k < length; k++, to++) {
    const one = spectra[first + k]!;
    const two = spectra[second + k]!;
    const three = spectra[third + k]!;
    const four = spectra[fourth + k]!;
    const front = (one + two) * Math.SQRT1_2;
    const back = (three + four) * Math.SQRT1_2;
    group[to] = (front + back) * Math.SQRT1_2;
    group[to + length] = (one - two) * Math.SQRT1_2;
    group[to + 2 * length] = (front - back) * Math.SQRT1_2;
    group[to + 3 * length] = (three - four) * Math.SQRT1_2;
  }
}

function scatterFour(
  group: Float64Array,
  slots: Int32Array,
  b: number,
  length: number,
  weight: number,
  spectra: Float64Array,
): void {
  const first = slots[b]! * length;
  const second = slots[b + 1]! * length;
  const third = slots[b + 2]! * length;
  const fourth = slots[b + 3]! * length;
  let from = b * length;
  for (let k = 0; k < length; k++, from++) {
    const sum = group[from]!;
    const lower = group[from + length]!;
    const difference = group[from + 2 * length]!;
    const upper = group[from + 3 * length]!;
    const front = (sum + difference) * Math.SQRT1_2;
    const back = (sum - difference) * Math.SQRT1_2;
    spectra[first + k]! += weight * ((front + lower) * Math.SQRT1_2);
    spectra[second + k]! += weight * ((front - lower) * Math.SQRT1_2);
    spectra[third + k]! += weight * ((back + upper) * Math.SQRT1_2);
    spectra[fourth + k]! += weight * ((back - upper) * Math.SQRT1_2);
  }
}
