import type { Document, Element } from "@xmldom/xmldom";
import { type Axis, pageCountOf } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import { elementsBelow, elementsIn, numberIn, omeText, parseOme, randomUuid } from "./omeDocument.js";
import { blockOf, isInterval, type OmePlace, type PlaneAxis, placesByImage } from "./omePlanes.js";
import { annotateOme } from "./omeProvenance.js";

/**
 * An OME description of what is written, whole in itself: that of the file it comes from with the images, channels, planes and regions that are there, numbered anew, where in the
 * file they are, and an identifier of its own. All else stays. `places` are those of the pages that are written; where they are not known, the header alone says what there is.
 * Undefined where the description has no image, as that of a file whose metadata is in another.
 */
export function omeDescriptionOf(
  description: string,
  header: ImageHeader,
  places: readonly OmePlace[] | undefined,
): string | undefined {
  const document = parseOme(description);
  const root = document?.documentElement;
  if (!document || !root || elementsIn(root, "Image").length === 0) return undefined;
  const written = places ?? placesOf(header);
  const byImage = placesByImage(written.map((place, page) => ({ ...place, page })));
  const removed = new Set<Element>();
  const rois = elementsIn(root, "ROI");
  const moved = new Set<Element>();
  for (const [index, image] of elementsIn(root, "Image").entries()) {
    const [pixels] = elementsIn(image, "Pixels");
    // `placesByImage` keeps the objects that it is given.
    const pages = byImage.get(index) as PagePlace[] | undefined;
    if (!pages || !pixels) {
      removed.add(image);
      continue;
    }
    const planes = planesWritten(pages, header, pixels.getAttribute("DimensionOrder") ?? "");
    const known = places || elementsIn(pixels, "Channel").length === planes.sizes.C;
    const regions = new Set(elementsIn(image, "ROIRef").map((reference) => reference.getAttribute("ID")));
    for (const roi of regions.size > 0 ? rois : []) {
      if (moved.has(roi) || !regions.has(roi.getAttribute("ID"))) continue;
      moved.add(roi);
      if (!followsPlanes(roi, planes, removed)) removed.add(roi);
    }
    const channels = known ? planes.channels : undefined;
    rewritePixels(document, pixels, { ...planes, channels }, header, removed);
  }
  const ids = new Set([...removed].map((element) => element.getAttribute("ID")));
  for (const element of elementsBelow(root)) {
    const id = element.getAttribute("ID");
    if (element.localName?.endsWith("Ref") && id !== null && ids.has(id)) removed.add(element);
  }
  if (header.provenance) annotateOme(document, header.provenance, root.getAttribute("UUID"));
  root.setAttribute("UUID", `urn:uuid:${randomUuid()}`);
  return omeText(document, removed);
}

interface PagePlace extends OmePlace {
  readonly page: number;
}

/** Planes of an image as they are written. */
interface WrittenPlanes {
  readonly sizes: Readonly<Record<PlaneAxis, number>>;
  /** The fastest axis first. */
  readonly order: readonly PlaneAxis[];
  /** The pages in ascending order, with the indices of their planes. */
  readonly pages: readonly PagePlace[];
  /** The axes along which planes are not at the image's distances from one another: those of a plain stack, and those between whose planes others are missing. */
  readonly apart: readonly ("Z" | "T")[];
  /** The channel of the document that each is; undefined where a channel holds planes of several. */
  readonly channels: readonly number[] | undefined;
  /** The indices that a plane of the document has now; undefined where it is not there. */
  moved(axis: PlaneAxis, index: number): number | undefined;
  find(place: Omit<OmePlace, "image">): PagePlace | undefined;
}

const keyOf = ({ C, Z, T }: Omit<OmePlace, "image">): string => `${C},${Z},${T}`;

function planesWritten(pages: readonly PagePlace[], { axes }: ImageHeader, before: string): WrittenPlanes {
  const fastest = axes.slice(0, -2).toReversed();
  // The order stays where the axes that are written still have it. There is no Y and X in either.
  const letters = [...before.slice(2)] as PlaneAxis[];
  const stays =
    letters.length === 3 && letters.filter((axis) => axes.includes(axis)).join() === fastest.join();
  const order = stays ? letters : ([...new Set<Axis>([...fastest, "C", "Z", "T"])] as PlaneAxis[]);
  const block = blockOf(pages);
  const now: PagePlace[] = pages.map((place, t) =>
    block
      ? { ...place, C: block.C.get(place.C)!, Z: block.Z.get(place.Z)!, T: block.T.get(place.T)! }
      : { ...place, C: 0, Z: 0, T: t },
  );
  const found = new Map(pages.map((place, i) => [keyOf(place), now[i]!]));
  const channels = [...new Set(pages.map(({ C }) => C))].toSorted((a, b) => a - b);
  return {
    sizes: block ? { C: block.C.size, Z: block.Z.size, T: block.T.size } : { C: 1, Z: 1, T: pages.length },
    order,
    pages: now,
    apart: (["Z", "T"] as const).filter((axis) => !block || !isInterval(pages, axis)),
    channels: block || channels.length === 1 ? channels : undefined,
    moved: (axis, index) => block?.[axis].get(index),
    find: (place) => found.get(keyOf(place)),
  };
}

/** Places of pages that only their header speaks of. */
function placesOf(header: ImageHeader): OmePlace[] {
  const { axes, shape } = header;
  return Array.from({ length: pageCountOf(header) }, (_, page) => {
    const place = { image: 0, C: 0, Z: 0, T: 0 };
    let rest = page;
    for (let i = axes.length - 3; i >= 0; i--) {
      place[axes[i] as PlaneAxis] = rest % shape[i]!; // Y and X are the last two
      rest = Math.floor(rest / shape[i]!);
    }
    return place;
  });
}

/** What is not true of planes that are apart. */
const STEPS = {
  Z: ["PhysicalSizeZ", "PhysicalSizeZUnit"],
  T: ["TimeIncrement", "TimeIncrementUnit"],
} as const;

/** Changes an image's Pixels to say what is written of it, and adds what of them is no more to `removed`. */
function rewritePixels(
  document: Document,
  pixels: Element,
  planes: WrittenPlanes,
  { shape, dtype }: ImageHeader,
  removed: Set<Element>,
): void {
  const type = dtype === "float32" ? "float" : dtype;
  if (pixels.getAttribute("Type") !== type) pixels.removeAttribute("SignificantBits");
  pixels.removeAttribute("Interleaved");
  for (const name of planes.apart.flatMap((axis) => STEPS[axis])) pixels.removeAttribute(name);
  const [height, width] = shape.slice(-2);
  const attributes = {
    DimensionOrder: `XY${planes.order.join("")}`,
    Type: type,
    BigEndian: "false",
    SizeX: width,
    SizeY: height,
    SizeC: planes.sizes.C,
    SizeZ: planes.sizes.Z,
    SizeT: planes.sizes.T,
  };
  for (const [name, value] of Object.entries(attributes)) pixels.setAttribute(name, String(value));
  const channels = elementsIn(pixels, "Channel");
  channels.forEach((channel, index) => {
    if (!planes.channels?.includes(index)) removed.add(channel);
    else if (numberIn(channel, "SamplesPerPixel", 1) !== 1) channel.setAttribute("SamplesPerPixel", "1");
  });
  const create = (name: string): Element => {
    const prefix = pixels.prefix ? `${pixels.prefix}:` : "";
    return document.createElementNS(pixels.namespaceURI, `${prefix}${name}`);
  };
  for (const name of ["TiffData", "BinData", "MetadataOnly"]) {
    for (const element of elementsIn(pixels, name)) removed.add(element);
  }
  const added = document.createDocumentFragment();
  for (let i = 0; !planes.channels && i < planes.sizes.C; i++) {
    const channel = create("Channel");
    channel.setAttribute("ID", `Channel:${planes.pages[0]!.image}:${i}`);
    channel.setAttribute("SamplesPerPixel", "1");
    added.appendChild(channel);
  }
  for (const { first, count } of runs(planes)) {
    const data = create("TiffData");
    data.setAttribute("IFD", String(first.page));
    for (const axis of ["C", "Z", "T"] as const) data.setAttribute(`First${axis}`, String(first[axis]));
    data.setAttribute("PlaneCount", String(count));
    added.appendChild(data);
  }
  const described = elementsIn(pixels, "Plane");
  pixels.insertBefore(added, described[0] ?? null);
  for (const plane of described) {
    const of = (axis: PlaneAxis): number => numberIn(plane, `The${axis}`, 0);
    const now = planes.find({ C: of("C"), Z: of("Z"), T: of("T") });
    if (!now) removed.add(plane);
    else for (const axis of ["C", "Z", "T"] as const) plane.setAttribute(`The${axis}`, String(now[axis]));
  }
}

/** Pages that follow one another in the file and along the axes. */
function runs({ pages, sizes, order }: WrittenPlanes): { readonly first: PagePlace; count: number }[] {
  const indexOf = (place: PagePlace): number =>
    order.toReversed().reduce((at, axis) => at * sizes[axis] + place[axis], 0);
  const found: { readonly first: PagePlace; count: number }[] = [];
  for (const page of pages) {
    const run = found.at(-1);
    const follows =
      run && page.page === run.first.page + run.count && indexOf(page) === indexOf(run.first) + run.count;
    if (follows) run.count++;
    else found.push({ first: page, count: 1 });
  }
  return found;
}

/** Moves the shapes of a region to where their planes are now, and adds those of others to `removed`; whether any are left. Shapes of all planes stay. */
function followsPlanes(roi: Element, planes: WrittenPlanes, removed: Set<Element>): boolean {
  const shapes = elementsIn(roi, "Union").flatMap((union) => elementsIn(union));
  let left = shapes.length === 0;
  for (const shape of shapes) {
    const of = (["C", "Z", "T"] as const).flatMap((axis) => {
      const index = shape.getAttribute(`The${axis}`);
      return index === null ? [] : [{ axis, index: planes.moved(axis, Number(index)) }];
    });
    if (of.some(({ index }) => index === undefined)) {
      removed.add(shape);
      continue;
    }
    left = true;
    for (const { axis, index } of of) shape.setAttribute(`The${axis}`, String(index));
  }
  return left;
}
