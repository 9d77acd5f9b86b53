import { get, i32x4, tee, v128 } from "../module/instructions.js";

/** Pushes four elements that are `step` apart, 0 excepted, of which the one at the lowest address is at this: by two loads that read nothing beyond them, or by one each. `result` is a local for four. */
export function loadFour(address: number, offset: number, step: number, result: number): readonly number[] {
  const distance = Math.abs(step);
  const at = (element: number): readonly number[] => [...get(address), ...v128.load(offset + 4 * element)];
  const shuffle = (lanes: readonly number[]): readonly number[] =>
    i32x4.shuffle(step < 0 ? [...lanes].reverse() : lanes);
  switch (distance) {
    case 1:
      return step === 1 ? at(0) : [...at(0), ...tee(result), ...get(result), ...shuffle([0, 1, 2, 3])];
    case 2:
      return [...at(0), ...at(3), ...shuffle([0, 2, 5, 7])];
    case 3:
      return [...at(0), ...at(6), ...shuffle([0, 3, 4, 7])];
    default: {
      const places = [0, 1, 2, 3].map((lane) => offset + 4 * distance * (step < 0 ? 3 - lane : lane));
      return [...[0, 1, 2, 3].flatMap(() => get(address)), ...intoLanes(places)];
    }
  }
}

/** Pushes the first `count` of four elements, zeros above; nothing beyond them is read. */
export function loadFirst(address: number, offset: number, count: number): readonly number[] {
  switch (count) {
    case 1:
      return [...get(address), ...v128.load32_zero(offset)];
    case 2:
      return [...get(address), ...v128.load64_zero(offset)];
    case 3:
      return [
        ...get(address),
        ...get(address),
        ...v128.load64_zero(offset),
        ...v128.load32_lane(offset + 8, 2),
      ];
    default:
      return [...get(address), ...v128.load(offset)];
  }
}

/** Pushes four elements at the addresses in the lanes of a local. */
export const gatherFour = (addresses: number): readonly number[] => [
  ...[3, 2, 1, 0].flatMap((lane) => [...get(addresses), ...i32x4.extract_lane(lane)]),
  ...intoLanes([0, 0, 0, 0]),
];

/** Loads each lane from an address on the stack, the first from the uppermost. */
const intoLanes = ([first, ...further]: readonly number[]): readonly number[] => [
  ...v128.load32_zero(first!),
  ...further.flatMap((offset, k) => v128.load32_lane(offset, k + 1)),
];
