import { z } from "zod";
import { InputError } from "../../image/inputError.js";
import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import { type Axis, axisNames } from "../../image/source.js";
import { isObject, type JsonObject, type ZarrNode } from "./zarrNode.js";

/** An axis of an image as OME-Zarr describes it. */
export interface OmeAxis {
  readonly name: string;
  readonly type?: string | undefined;
  readonly unit?: string | undefined;
}

/** One of the sizes in which an image is there. */
export interface OmeDataset {
  /** Of its array, below the image. */
  readonly path: string;
  /** The step of each axis; undefined where the file does not say. */
  readonly scale?: readonly number[];
  /** Where the first pixel is, along each axis. */
  readonly translation?: readonly number[];
}

/** How an image and its smaller copies are described. */
export interface Multiscales {
  /** The axes in the order of the array, one each for those of the array. */
  readonly axes: readonly Axis[];
  readonly omeAxes: readonly OmeAxis[];
  /** The full size first. */
  readonly datasets: readonly OmeDataset[];
  /** What else the description says: name, type, metadata. */
  readonly others: JsonObject;
}

const transformations = z
  .array(
    z.looseObject({
      type: z.string(),
      scale: z.array(z.number()).optional(),
      translation: z.array(z.number()).optional(),
    }),
  )
  .default([]);

const description = z.looseObject({
  axes: z
    .array(
      z.union([
        z.string().transform((name) => ({ name, type: undefined, unit: undefined })),
        z.looseObject({ name: z.string(), type: z.string().optional(), unit: z.string().nullish() }),
      ]),
    )
    .optional(),
  datasets: z
    .array(z.looseObject({ path: z.string(), coordinateTransformations: transformations }))
    .min(1)
    .max(64),
  coordinateTransformations: transformations,
});

/** What OME-Zarr says of a node: below `ome` from version 0.5 on. */
export function omeAttributes({ attributes }: ZarrNode): JsonObject {
  return isObject(attributes.ome) ? attributes.ome : attributes;
}

/** The first image that a node describes, see the specification of OME-Zarr; undefined where it describes none. */
export function multiscalesOf(node: ZarrNode, name: string): Multiscales | undefined {
  const { multiscales } = omeAttributes(node);
  if (!Array.isArray(multiscales) || multiscales.length === 0) return undefined;
  const { data, error } = description.safeParse(multiscales[0]);
  if (error) {
    const { path, message } = error.issues[0]!;
    throw new InputError(
      `${name} cannot be read: its multiscales.${path.join(".")} is not as expected (${message})`,
    );
  }
  const { axes: named, datasets, coordinateTransformations, version: _version, ...others } = data;
  const omeAxes = (named ?? ["t", "c", "z", "y", "x"].map((axis) => ({ name: axis }))).map(
    ({
      name: axis,
      type,
      unit,
    }: {
      name: string;
      type?: string | undefined;
      unit?: string | null | undefined;
    }) => {
      return { name: axis, ...(type !== undefined && { type }), ...(unit && { unit }) };
    },
  );
  const rank = omeAxes.length;
  return {
    axes: axesOf(omeAxes, name),
    omeAxes,
    datasets: datasets.map(({ path, coordinateTransformations: own }) => {
      if (path.split("/").includes("..")) {
        throw new InputError(`${name} is damaged: the path ${path} of its array leaves the folder`);
      }
      return {
        path: path.replace(/^\/+|\/+$/g, ""),
        ...placed([...own, ...coordinateTransformations], rank),
      };
    }),
    others,
  };
}

const BY_TYPE: Readonly<Record<string, Axis>> = { time: "T", channel: "C" };

function axesOf(omeAxes: readonly OmeAxis[], name: string): Axis[] {
  const axes = omeAxes.map(({ name: own, type = "" }): Axis => {
    const letter = own.toUpperCase();
    const axis = axisNames.find((known) => known === letter) ?? BY_TYPE[type] ?? BY_TYPE[own.toLowerCase()];
    if (axis) return axis;
    throw new InputError(`${name} has an axis ${own}, expected axes of t, c, z, y, x`);
  });
  const twice = axes.find((axis, i) => axes.indexOf(axis) !== i);
  if (twice || !axes.includes("Y") || !axes.includes("X")) {
    const got = omeAxes.map((axis) => axis.name).join(", ");
    throw new InputError(`${name} has the axes ${got}, expected y, x and at most one each of t, c, z`);
  }
  return axes;
}

/** What scales and translations make of the indices together, one after the other. */
function placed(
  list: z.infer<typeof transformations>,
  rank: number,
): Pick<OmeDataset, "scale" | "translation"> {
  let scale: number[] | undefined;
  let translation: number[] | undefined;
  for (const { scale: factors, translation: offsets } of list) {
    if (factors?.length === rank) {
      scale = factors.map((factor, i) => factor * (scale?.[i] ?? 1));
      translation = translation?.map((offset, i) => offset * factors[i]!);
    }
    if (offsets?.length === rank) translation = offsets.map((offset, i) => offset + (translation?.[i] ?? 0));
  }
  return { ...(scale && { scale }), ...(translation && { translation }) };
}

/** Units as OME-Zarr writes them, and as people do. */
const UNITS: readonly (readonly [long: string, short: string])[] = [
  ["angstrom", "Å"],
  ["picometer", "pm"],
  ["nanometer", "nm"],
  ["micrometer", "um"],
  ["millimeter", "mm"],
  ["centimeter", "cm"],
  ["meter", "m"],
  ["inch", "inch"],
  ["nanosecond", "ns"],
  ["microsecond", "us"],
  ["millisecond", "ms"],
  ["second", "s"],
  ["minute", "min"],
  ["hour", "h"],
];

/** The steps that have a unit. */
export function calibrationOfAxes({
  axes,
  omeAxes,
  datasets,
}: Multiscales): Partial<Record<Axis, AxisCalibration>> {
  const calibration: Partial<Record<Axis, AxisCalibration>> = {};
  for (const [i, axis] of axes.entries()) {
    const [step, unit] = [datasets[0]!.scale?.[i], omeAxes[i]!.unit];
    if (step === undefined || !(step > 0) || unit === undefined) continue;
    calibration[axis] = { step, unit: UNITS.find(([long]) => long === unit)?.[1] ?? unit };
  }
  return calibration;
}

/** The unit in the words of OME-Zarr. */
export function omeUnit(unit: string): string {
  const plain = unit.replace(/^[µμ]/, "u").replace(/^micron$/, "um");
  return UNITS.find(([, short]) => short === plain)?.[0] ?? unit;
}

const omero = z.looseObject({
  channels: z.array(
    z.looseObject({
      label: z.string().optional().catch(undefined),
      color: z
        .string()
        .regex(/^#?[\da-f]{6}$/i)
        .optional()
        .catch(undefined),
      window: z.looseObject({ start: z.number(), end: z.number() }).optional().catch(undefined),
    }),
  ),
});

/** Names, colours and display ranges of the channels, where the node has them for so many. */
export function channelsOf(
  node: ZarrNode,
  count: number,
): Pick<ImageMetadata, "channels" | "channelColours" | "displayRanges"> {
  const channels = omero.safeParse(omeAttributes(node).omero).data?.channels ?? [];
  if (channels.length !== count) return {};
  const labels = channels.flatMap(({ label }) => label ?? []);
  const colours = channels.flatMap(({ color }) => color?.replace(/^#?/, "#").toLowerCase() ?? []);
  const ranges = channels.flatMap(({ window }) => (window ? [[window.start, window.end] as const] : []));
  return {
    ...(labels.length === count && { channels: labels }),
    ...(colours.length === count && { channelColours: colours }),
    ...(ranges.length === count && { displayRanges: ranges }),
  };
}
