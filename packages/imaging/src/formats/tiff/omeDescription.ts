import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import { type Axis, axisNames } from "../../image/source.js";
import type { ImageHeader } from "../format.js";

const STEPS = { X: "PhysicalSizeX", Y: "PhysicalSizeY", Z: "PhysicalSizeZ", T: "TimeIncrement" } as const;

/** The attributes of the first Pixels element of an OME description; undefined for other descriptions. */
export function omePixels(description: string): Readonly<Record<string, string>> | undefined {
  if (!isOme(description)) return undefined;
  const [, attributes] = /<(?:\w+:)?Pixels\s([^>]*)>/.exec(description) ?? [];
  return attributes === undefined ? undefined : attributesOf(attributes);
}

/** The attributes of an OME description's TiffData elements, which say where in the file planes are. */
export function omeTiffData(description: string): Readonly<Record<string, string>>[] {
  return [...description.matchAll(/<(?:\w+:)?TiffData\s([^>]*)>/g)].map(([, attributes]) =>
    attributesOf(attributes!),
  );
}

/** Whether a description is OME-XML. */
export function isOme(description: string): boolean {
  return /<(?:\w+:)?OME[\s>]/.test(description);
}

/** Steps, names of channels and the text of an OME description. Lengths are in micrometres and times in seconds unless it says otherwise. */
export function omeMetadata(description: string): ImageMetadata {
  const pixels = omePixels(description) ?? {};
  const calibration: Partial<Record<Axis, AxisCalibration>> = {};
  for (const axis of ["T", "Z", "Y", "X"] as const) {
    const step = Number(pixels[STEPS[axis]]);
    if (step > 0)
      calibration[axis] = { step, unit: plainUnit(pixels[`${STEPS[axis]}Unit`] ?? defaultUnit(axis)) };
  }
  const [first] = /<(?:\w+:)?Pixels[\s\S]*?<\/(?:\w+:)?Pixels>/.exec(description) ?? [];
  const channels = [...(first ?? "").matchAll(/<(?:\w+:)?Channel\s([^>]*)>/g)].map(
    ([, attributes]) => attributesOf(attributes!).Name ?? "",
  );
  const [, text] = /<(?:\w+:)?Description>([^<]*)</.exec(description) ?? [];
  return {
    ...(Object.keys(calibration).length > 0 && { calibration }),
    ...(channels.some((name) => name !== "") && { channels }),
    ...(text && { text: unescaped(text) }),
  };
}

/** An OME description of what is going to be written: axes in any order, steps, names of channels, text. */
export function describeAsOme({ axes, shape, dtype, metadata = {} }: ImageHeader): string {
  const { calibration = {}, channels = [], text } = metadata;
  const extent = (axis: Axis): number => shape[axes.indexOf(axis)] ?? 1;
  const planes = axes.slice(0, -2).toReversed();
  const order = [...planes, ...axisNames.filter((axis) => !axes.includes(axis))].join("");
  const steps = (["T", "Z", "Y", "X"] as const).flatMap((axis) => {
    const known = calibration[axis];
    return known
      ? [[STEPS[axis], String(known.step)] as const, [`${STEPS[axis]}Unit`, omeUnit(known.unit)] as const]
      : [];
  });
  const pixels = attributesText([
    ["ID", "Pixels:0"],
    ["DimensionOrder", `XY${order}`],
    ["Type", dtype === "float32" ? "float" : dtype],
    ["BigEndian", "false"],
    ...axisNames.map((axis) => [`Size${axis}`, String(extent(axis))] as const),
    ...steps,
  ]);
  const channelElements = Array.from({ length: extent("C") }, (_, i) => {
    const name = channels[i];
    return `<Channel${attributesText([
      ["ID", `Channel:0:${i}`],
      ["SamplesPerPixel", "1"],
      ...(name === undefined ? [] : [["Name", name] as const]),
    ])}/>`;
  });
  const description = text === undefined ? "" : `<Description>${escaped(text)}</Description>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
    'xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd">' +
    `<Image ID="Image:0">${description}<Pixels${pixels}>${channelElements.join("")}<TiffData/></Pixels></Image></OME>`
  );
}

const defaultUnit = (axis: Axis): string => (axis === "T" ? "s" : "um");

/** `um` for both letters that look like a mu. */
const plainUnit = (unit: string): string => unit.replace(/^[\u00b5\u03bc]m$/, "um");

const omeUnit = (unit: string): string =>
  /^(um|micron)$/.test(unit) ? "\u00b5m" : unit === "sec" ? "s" : unit;

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...found].map(([, name, a, b]) => [name!, unescaped(a ?? b ?? "")]));
}

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex: string, decimal: string, name: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    },
  );
}

/** Everything but plain ASCII as numbers, since a TIFF's description is ASCII to some readers. */
function escaped(text: string): string {
  return text.replaceAll(/[^\t\n -~]|[<>&"']/gu, (character) => `&#${character.codePointAt(0)};`);
}

function attributesText(attributes: readonly (readonly [name: string, value: string])[]): string {
  return attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
}
