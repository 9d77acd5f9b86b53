import type { Document, Element } from "@xmldom/xmldom";
import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import { type Axis, axisNames } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import { elementsIn, numberIn, omeText, parseOme, randomUuid } from "./omeDocument.js";
import { isInterval, type OmePlace } from "./omePlanes.js";
import { annotateOme } from "./omeProvenance.js";

const STEPS = { X: "PhysicalSizeX", Y: "PhysicalSizeY", Z: "PhysicalSizeZ", T: "TimeIncrement" } as const;

/**
 * Steps, names and colours of channels and the text of an image of an OME document, by default the first one that the file has planes of; no step along an axis between whose planes others are missing. Lengths are in micrometres and times in seconds unless it says
 * otherwise.
 */
export function omeMetadata(
  document: Document,
  places: readonly OmePlace[] | undefined,
  image: number = places?.[0]?.image ?? 0,
): ImageMetadata {
  const root = document.documentElement;
  const element = root ? elementsIn(root, "Image")[image] : undefined;
  const [pixels] = element ? elementsIn(element, "Pixels") : [];
  if (!element || !pixels) return {};
  const own = places?.filter((place) => place.image === image);
  const calibration: Partial<Record<Axis, AxisCalibration>> = {};
  for (const axis of ["T", "Z", "Y", "X"] as const) {
    if (own && (axis === "T" || axis === "Z") && !isInterval(own, axis)) continue;
    const step = numberIn(pixels, STEPS[axis], 0);
    const unit = pixels.getAttribute(`${STEPS[axis]}Unit`) ?? defaultUnit(axis);
    if (step > 0) calibration[axis] = { step, unit: plainUnit(unit) };
  }
  const there = own && new Set(own.map(({ C }) => C));
  const elements = elementsIn(pixels, "Channel").filter((_, index) => there?.has(index) ?? true);
  const channels = elements.map((channel) => channel.getAttribute("Name") ?? "");
  const coloured = elements.some((channel) => channel.hasAttribute("Color"));
  const text = elementsIn(element, "Description")[0]?.textContent;
  return {
    ...(Object.keys(calibration).length > 0 && { calibration }),
    ...(channels.some((name) => name !== "") && { channels }),
    ...(coloured && { channelColours: elements.map(colourOf) }),
    ...(text && { text }),
  };
}

/** Red, green, blue and opacity are the bytes of a signed number, the highest first; white where a channel has none. */
function colourOf(channel: Element): string {
  const colour = numberIn(channel, "Color", -1);
  return Number.isInteger(colour) ? `#${(colour >>> 8).toString(16).padStart(6, "0")}` : "#ffffff";
}

/** An OME description of what is going to be written: axes in any order, steps, names of channels, text. */
export function describeAsOme({ axes, shape, dtype, metadata = {}, provenance }: ImageHeader): string {
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
  const whole =
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
    'xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd" ' +
    `UUID="urn:uuid:${randomUuid()}">` +
    `<Image ID="Image:0">${description}<Pixels${pixels}>${channelElements.join("")}<TiffData/></Pixels></Image></OME>`;
  const document = provenance && parseOme(whole);
  if (!document) return whole;
  annotateOme(document, provenance, null);
  return omeText(document);
}

const defaultUnit = (axis: Axis): string => (axis === "T" ? "s" : "um");

/** `um` for both letters that look like a mu, `inch` as TIFF's tags are read. */
const plainUnit = (unit: string): string =>
  unit === "in" ? "inch" : unit.replace(/^[\u00b5\u03bc]m$/, "um");

const omeUnit = (unit: string): string =>
  /^(um|micron)$/.test(unit) ? "\u00b5m" : unit === "sec" ? "s" : unit === "inch" ? "in" : unit;

/** Everything but plain ASCII as numbers, since a TIFF's description is ASCII to some readers. XML has no other control characters than tabs and ends of lines. */
function escaped(text: string): string {
  return text.replaceAll(/[^\t\n -~]|[<>&"']/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 32 && code !== 13 ? "" : `&#${code};`;
  });
}

function attributesText(attributes: readonly (readonly [name: string, value: string])[]): string {
  return attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
}
