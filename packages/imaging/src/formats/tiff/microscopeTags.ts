import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import type { PlaneAxes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import type { TiffDirectory } from "./readDirectory.js";
import { TYPES } from "./tiffTags.js";

/** What a microscope's program says of an image in tags of its own. */
export interface MicroscopeTags {
  readonly calibration?: NonNullable<ImageMetadata["calibration"]>;
  /** How directories lie along axes, the slowest first, where the tags say so. */
  readonly planes?: PlaneAxes;
}

/** Tags of MetaMorph, of FluoView and of the Zeiss LSM. */
export const MICROSCOPE_TAGS = { metamorph: 33628, fluoview: 34361, lsm: 34412 } as const;

/** MetaMorph's UIC2tag, which has a value for each plane. */
export const UIC2 = 33629;

/** Reads what is plain in them, of the first directory; nothing where they are not there or not as they should be. */
export async function readMicroscopeTags(directory: TiffDirectory): Promise<MicroscopeTags> {
  const lsm = await bytesOf(directory, MICROSCOPE_TAGS.lsm);
  if (lsm) return lsmTags(lsm, directory.littleEndian);
  const fluoview = await bytesOf(directory, MICROSCOPE_TAGS.fluoview);
  if (fluoview) return fluoviewTags(fluoview, directory.littleEndian);
  return metamorphTags(directory);
}

async function bytesOf(directory: TiffDirectory, tag: number): Promise<DataView | undefined> {
  const entry = directory.entry(tag);
  if (!entry?.inside || (entry.type !== TYPES.BYTE && entry.type !== TYPES.UNDEFINED)) return undefined;
  const { bytes } = await directory.read(entry);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Steps that are numbers above 0, in a unit that is named. */
function stepsOf(
  steps: readonly (readonly [axis: Axis, step: number, unit: string])[],
): Pick<MicroscopeTags, "calibration"> {
  const known = steps.filter(([, step, unit]) => step > 0 && Number.isFinite(step) && unit !== "");
  const calibration: Partial<Record<Axis, AxisCalibration>> = {};
  for (const [axis, step, unit] of known) calibration[axis] = { step, unit };
  return known.length > 0 ? { calibration } : {};
}

/** Axes with more than one plane. */
const planesAlong = (along: readonly (readonly [Axis, number])[]): PlaneAxes => {
  const long = along.filter(([, extent]) => extent > 1);
  return { axes: long.map(([axis]) => axis), shape: long.map(([, extent]) => extent) };
};

/** The first numbers of CZ_LSMINFO, in either version, and where in it they are. */
const LSM_MAGIC: readonly number[] = [0x00300494c, 0x00400494c];
const LSM = { Z: 16, T: 24, voxelX: 40, voxelY: 48, voxelZ: 56, scanType: 88, interval: 112 } as const;
/** Types of scans whose planes are X and Y: a stack, times, times of a stack, and along a spline. */
const LSM_PLANES: readonly number[] = [0, 3, 6, 9];

/** CZ_LSMINFO of the Zeiss LSM: voxels in metres, seconds between times; depths are the fastest of the directories, channels are samples. */
function lsmTags(view: DataView, littleEndian: boolean): MicroscopeTags {
  if (view.byteLength < LSM.interval + 8 || !LSM_MAGIC.includes(view.getUint32(0, littleEndian))) return {};
  if (!LSM_PLANES.includes(view.getUint16(LSM.scanType, littleEndian))) return {};
  const micrometres = (at: number): number => rounded(view.getFloat64(at, littleEndian) * 1e6);
  return {
    ...stepsOf([
      ["T", view.getFloat64(LSM.interval, littleEndian), "s"],
      ["Z", micrometres(LSM.voxelZ), "um"],
      ["Y", micrometres(LSM.voxelY), "um"],
      ["X", micrometres(LSM.voxelX), "um"],
    ]),
    planes: planesAlong([
      ["T", view.getInt32(LSM.T, littleEndian)],
      ["Z", view.getInt32(LSM.Z, littleEndian)],
    ]),
  };
}

/** Without what a change of units adds to decimal fractions. */
const rounded = (value: number): number => Number(value.toPrecision(12));

/** MM_HEAD of FluoView: ten dimensions of 100 bytes, the fastest first: name, size, origin, step, unit. */
const FLUOVIEW = {
  dimensions: 284,
  count: 10,
  bytes: 100,
  size: 16,
  step: 28,
  unit: 36,
  unitBytes: 64,
} as const;
const FLUOVIEW_AXES: Readonly<Record<string, Axis>> = {
  ...{ x: "X", y: "Y", z: "Z", t: "T", time: "T", ch: "C", wavelength: "C" },
};

function fluoviewTags(view: DataView, littleEndian: boolean): MicroscopeTags {
  if (view.byteLength < FLUOVIEW.dimensions + FLUOVIEW.count * FLUOVIEW.bytes) return {};
  const dimensions = Array.from({ length: FLUOVIEW.count }, (_, i) => {
    const at = FLUOVIEW.dimensions + i * FLUOVIEW.bytes;
    return {
      name: textAt(view, at, FLUOVIEW.size),
      size: view.getInt32(at + FLUOVIEW.size, littleEndian),
      step: view.getFloat64(at + FLUOVIEW.step, littleEndian),
      unit: plainUnit(textAt(view, at + FLUOVIEW.unit, FLUOVIEW.unitBytes)),
    };
  }).filter(({ name, size }) => name !== "" && size > 0);
  const along = dimensions.map((dimension) => {
    return { ...dimension, axis: FLUOVIEW_AXES[dimension.name.toLowerCase()] };
  });
  const named = along.flatMap(({ axis, size, step, unit }) => (axis ? [{ axis, size, step, unit }] : []));
  const known = along.every(({ axis, size }) => axis !== undefined || size === 1);
  const planes = named.filter(({ axis }) => axis !== "X" && axis !== "Y").toReversed();
  const distinct = new Set(planes.map(({ axis }) => axis)).size === planes.length;
  return {
    ...stepsOf(named.flatMap(({ axis, step, unit }) => (axis === "C" ? [] : [[axis, step, unit] as const]))),
    ...(known && distinct && { planes: planesAlong(planes.map(({ axis, size }) => [axis, size] as const)) }),
  };
}

/** Text of one byte a letter, up to its end. */
function textAt(view: DataView, at: number, length: number): string {
  let text = "";
  for (let i = at; i < at + length && i < view.byteLength; i++) {
    const code = view.getUint8(i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text.trim();
}

const plainUnit = (unit: string): string => unit.replace(/^([\u00b5\u03bc]m|microns?|micrometers?)$/i, "um");

/** Of the pairs of number and value in UIC1tag those that say the size of pixels; the values are where the rest is. */
const UIC1 = { xCalibration: 4, yCalibration: 5, units: 6 } as const;
/** No unit is longer. */
const UNIT_BYTES = 64;

/** MetaMorph's UIC1tag, and the distances of planes in UIC2tag, which are in the same unit. */
async function metamorphTags(directory: TiffDirectory): Promise<MicroscopeTags> {
  const read = async (position: number, byteLength: number): Promise<DataView | undefined> => {
    if (position === 0 || !directory.holds(position, byteLength)) return undefined;
    const { bytes } = await directory.read({
      ...{ tag: MICROSCOPE_TAGS.metamorph, type: TYPES.LONG, count: byteLength / 4 },
      ...{ position, byteLength, inside: true },
    });
    return viewOf(bytes);
  };
  const entry = directory.entry(MICROSCOPE_TAGS.metamorph);
  // It counts pairs, though its type says numbers.
  const pairs =
    entry?.type === TYPES.LONG && entry.count > 1 ? await read(entry.position, 8 * entry.count) : undefined;
  if (!pairs) return {};
  const places = new Map<number, number>();
  for (let at = 0; at < pairs.byteLength; at += 8)
    places.set(pairs.getUint32(at, true), pairs.getUint32(at + 4, true));
  const fraction = async (number: number): Promise<number> => {
    const view = await read(places.get(number) ?? 0, 8);
    return view ? rounded(view.getUint32(0, true) / view.getUint32(4, true)) : 0;
  };
  const unitsAt = places.get(UIC1.units) ?? 0;
  const length = (await read(unitsAt, 4))?.getUint32(0, true) ?? 0;
  const text = length > 0 && length <= UNIT_BYTES ? await read(unitsAt + 4, length) : undefined;
  const unit = text ? plainUnit(textAt(text, 0, length)) : "";
  if (/^(|pixels?)$/i.test(unit)) return {};
  return stepsOf([
    ["Z", await metamorphDistance(directory), unit],
    ["Y", await fraction(UIC1.yCalibration), unit],
    ["X", await fraction(UIC1.xCalibration), unit],
  ]);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Bytes of UIC2tag for each plane: the distance to the plane before as a fraction, the day and the time of its making, those of its last change. */
const UIC2_BYTES = 24;

/** The distance from each of MetaMorph's planes to the one before; empty where they are not said. */
export async function metamorphDistances(directory: TiffDirectory): Promise<readonly number[]> {
  const entry = directory.entry(UIC2);
  if (!entry) return [];
  // It counts planes, though its values are longer than their type says.
  const byteLength = entry.count * UIC2_BYTES;
  if (!directory.holds(entry.position, byteLength)) return [];
  const view = viewOf((await directory.read({ ...entry, byteLength })).bytes);
  return Array.from({ length: entry.count }, (_, plane) => {
    const at = plane * UIC2_BYTES;
    const numerator = view.getUint32(at, true);
    return numerator === 0 ? 0 : rounded(numerator / view.getUint32(at + 4, true));
  });
}

/** The one distance of all planes; 0 where there is none. */
async function metamorphDistance(directory: TiffDirectory): Promise<number> {
  const distances = await metamorphDistances(directory);
  return distances.length > 1 && new Set(distances).size === 1 ? distances[0]! : 0;
}

/** What of these tags is not in a result, see `ImageMetadata`. */
export function microscopeNotes(directory: TiffDirectory, { calibration, planes }: MicroscopeTags): string[] {
  const lost = `${calibration?.X ? "" : "pixel size, "}${planes ? "" : "axes, "}`;
  const said = (program: string, others: string): string =>
    `what ${program} says in tags of its own is not kept: ${lost}${others}`;
  return [
    ...(directory.entry(MICROSCOPE_TAGS.metamorph)
      ? [
          `what MetaMorph says in tags of its own is not kept: ${calibration?.X ? "" : "pixel size, "}times and settings`,
        ]
      : []),
    ...(directory.entry(MICROSCOPE_TAGS.fluoview) ? [said("FluoView", "settings and comments")] : []),
    ...(directory.entry(MICROSCOPE_TAGS.lsm)
      ? [said("the Zeiss LSM", "times, settings and names of channels")]
      : []),
  ];
}
