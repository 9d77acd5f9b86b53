import type { Document, Element } from "@xmldom/xmldom";
import { type PlaneAxes, sparsePlanes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import { elementsIn, numberIn } from "./omeDocument.js";

/** Where a plane belongs: the image of the document (a position, a series), and its indices in it. */
export interface OmePlace {
  readonly image: number;
  readonly C: number;
  readonly Z: number;
  readonly T: number;
}

/** The planes that a file of OME's has. */
export interface OmePlanes extends PlaneAxes {
  /** Where planes of these axes are missing: those that are there, in ascending order. */
  readonly there?: Uint32Array;
  /** Of each plane that is there, the page of the file. */
  readonly pages: Uint32Array;
  /** Where each of them belongs. */
  readonly places: readonly OmePlace[];
}

export type PlaneAxis = "C" | "Z" | "T";

/** The pages of the file that a TiffData element of an image speaks of, or that an image without such elements is in: so many from one on. Undefined where it is not here. */
export type PagesOfData = (
  data: Element | undefined,
  image: number,
) => { readonly first: number; readonly count: number } | undefined;

/**
 * The planes of a file with `pageCount` pages, by the TiffData elements of its description: those that say that they are in another file of a set are not here. Several images of
 * the same extents follow one another along T, the slowest axis then. Of images of other extents, and where planes are missing, the axes are those of all that there could be.
 * Undefined where the description does not say of every page what it is. With `pagesOf` the pages are those of several files.
 */
export function omePlanes(
  document: Document,
  pageCount: number,
  pagesOf?: PagesOfData,
): OmePlanes | undefined {
  const placed: (OmePlace | undefined)[] = Array.from({ length: pageCount }, () => undefined);
  const orders: string[] = [];
  const isIn = pagesOf ?? pagesOfOneFile(document, pageCount);
  for (const [image, pixels] of pixelsOf(document).entries()) {
    const planes = pixels && planesIn(pixels, isIn, image);
    orders.push(pixels?.getAttribute("DimensionOrder") ?? "");
    for (const [page, place] of planes ?? []) placed[page] ??= { image, ...place };
  }
  const whole = placed.every((place) => place !== undefined);
  const places = whole ? placed : pagesOf ? undefined : completed(document, placed);
  if (!places) return undefined;
  return alongAxes(places, orders) ?? sparseAlongAxes(places, orders);
}

/** The Pixels of each image. */
export function pixelsOf(document: Document): (Element | undefined)[] {
  const root = document.documentElement;
  return root ? elementsIn(root, "Image").map((image) => elementsIn(image, "Pixels")[0]) : [];
}

/** Pages that TiffData elements pass over, in the order of the axes, where that leaves a page for each plane of the only image. */
function completed(document: Document, placed: readonly (OmePlace | undefined)[]): OmePlace[] | undefined {
  const [pixels, ...others] = pixelsOf(document);
  const all = pixels && others.length === 0 ? planesAlong(pixels, 0, 0, placed.length + 1) : undefined;
  if (all?.length !== placed.length) return undefined;
  const places = placed.map((place, page) => place ?? { image: 0, ...all[page]! });
  const distinct = new Set(places.map(({ C, Z, T }) => `${C},${Z},${T}`)).size;
  return distinct === places.length ? places : undefined;
}

/** The identifier, or else the name, of the file that a TiffData element speaks of; undefined where that is the one it is in. */
function fileOf(data: Element): string | undefined {
  const [uuid] = elementsIn(data, "UUID");
  return uuid && (uuid.textContent?.trim() || uuid.getAttribute("FileName") || undefined);
}

/** The files that hold planes of a document, where it names them. */
export function filesOf(document: Document): ReadonlySet<string> {
  const all = pixelsOf(document).flatMap((pixels) => (pixels ? elementsIn(pixels, "TiffData") : []));
  return new Set(all.flatMap((data) => fileOf(data) ?? []));
}

/** Of the file that the document is in: all. */
function pagesOfOneFile(document: Document, count: number): PagesOfData {
  // A single file may have been given another identifier or name since.
  if (filesOf(document).size < 2) return () => ({ first: 0, count });
  const own = document.documentElement?.getAttribute("UUID");
  return (data) => {
    const file = data && fileOf(data);
    return file === undefined || file === own ? { first: 0, count } : undefined;
  };
}

type Place = Omit<OmePlace, "image">;

/** The pages that hold planes of an image, and which. */
function planesIn(pixels: Element, pagesOf: PagesOfData, image: number): (readonly [page: number, Place])[] {
  const found: (readonly [page: number, Place])[] = [];
  const put = (page: number, end: number, first: Place): void => {
    for (const [k, place] of planesAlong(pixels, indexOf(pixels, first), page, end).entries())
      found.push([page + k, place]);
  };
  const data = elementsIn(pixels, "TiffData");
  for (const each of data.length > 0 ? data : [undefined]) {
    const pages = pagesOf(each, image);
    if (!pages) continue;
    const end = pages.first + pages.count;
    if (!each) {
      put(pages.first, end, { C: 0, Z: 0, T: 0 });
      continue;
    }
    const [C, Z, T] = ["FirstC", "FirstZ", "FirstT"].map((name) => numberIn(each, name, 0));
    const directory = numberIn(each, "IFD", 0);
    const count = numberIn(each, "PlaneCount", each.getAttribute("IFD") !== null ? 1 : pages.count);
    // Pages before those of a file are another's.
    if (directory < 0) continue;
    const page = pages.first + directory;
    put(page, Math.min(page + count, end), { C: C!, Z: Z!, T: T! });
  }
  return found;
}

/** The axes of an image's planes and their extents, the fastest first; none where the document has no order of them. */
function axesOf(pixels: Element): (readonly [PlaneAxis, number])[] {
  const [, order = ""] = /^XY([CZT]{3})$/.exec(pixels.getAttribute("DimensionOrder") ?? "") ?? [];
  if (new Set(order).size < 3) return [];
  // The expression above lets no other letters through.
  return ([...order] as PlaneAxis[]).map((axis) => [axis, numberIn(pixels, `Size${axis}`, 1)]);
}

function indexOf(pixels: Element, place: Place): number {
  return axesOf(pixels).reduceRight((at, [axis, extent]) => at * extent + place[axis], 0);
}

/** The planes from one on that the pages from `page` to before `end` hold, no more than there are. */
function planesAlong(pixels: Element, start: number, page: number, end: number): Place[] {
  const axes = axesOf(pixels);
  const count = axes.length === 0 ? 0 : axes.reduce((product, [, extent]) => product * extent, 1);
  return Array.from({ length: Math.max(0, Math.min(end - page, count - start)) }, (_, k) => {
    const place = { C: 0, Z: 0, T: 0 };
    let rest = start + k;
    for (const [axis, extent] of axes) {
      place[axis] = rest % extent;
      rest = Math.floor(rest / extent);
    }
    return place;
  });
}

/** The axes of the first image, the slowest first. Images follow one another along T, so that it is the slowest one of several. */
function axesOfImages(
  [first, ...others]: readonly (readonly [number, unknown])[],
  orders: readonly string[],
) {
  const slowest = [...orders[first![0]]!.slice(2)].toReversed() as PlaneAxis[]; // of an order that `planesIn` has seen
  return others.length > 0 ? ["T" as const, ...slowest.filter((axis) => axis !== "T")] : slowest;
}

/** Planes of images that lack others, or have several to a place, in the order of the first image's axes. */
function sparseAlongAxes(places: readonly OmePlace[], orders: readonly string[]): OmePlanes {
  const images = [...placesByImage(places)];
  const axes = axesOfImages(images, orders);
  const extent = (axis: PlaneAxis): number =>
    places.reduce((most, place) => Math.max(most, place[axis] + 1), 1);
  const times = extent("T");
  const position = new Map(images.map(([image], at) => [image, at]));
  const indexAlong = (place: OmePlace, axis: PlaneAxis): number =>
    axis === "T" ? position.get(place.image)! * times + place.T : place[axis];
  const all = { axes, shape: axes.map((axis) => extent(axis) * (axis === "T" ? images.length : 1)) };
  const planes = places.map((place) =>
    axes.reduce((at, axis, i) => at * all.shape[i]! + indexAlong(place, axis), 0),
  );
  const pages = Uint32Array.from(planes.keys()).sort((a, b) => planes[a]! - planes[b]! || a - b);
  const { planes: there, ...image } = sparsePlanes(
    all,
    pages.map((page) => planes[page]!),
  );
  return { ...image, there, pages, places: Array.from(pages, (page) => places[page]!) };
}

/** The planes in the order of the first image's axes; undefined where the images are no blocks of the same extents. */
function alongAxes(places: readonly OmePlace[], orders: readonly string[]): OmePlanes | undefined {
  const images = [...placesByImage(places)];
  const axes = axesOfImages(images, orders);
  const blocks = new Map(images.map(([image, planes]) => [image, blockOf(planes)]));
  const [first] = blocks.values();
  const alike = [...blocks.values()].every(
    (block) => block && axes.every((axis) => block[axis].size === first![axis].size),
  );
  if (!first || !alike) return undefined;
  const extents = axes.map((axis) => first[axis].size * (axis === "T" ? images.length : 1));
  const position = new Map(images.map(([image], at) => [image, at]));
  const pages = new Uint32Array(places.length);
  places.forEach((place, page) => {
    const block = blocks.get(place.image)!;
    const plane = axes.reduce((sum, axis, i) => {
      const before = axis === "T" ? position.get(place.image)! * block.T.size : 0;
      return sum * extents[i]! + before + block[axis].get(place[axis])!;
    }, 0);
    pages[plane] = page;
  });
  const long = axes.map((_, i) => i).filter((i) => extents[i]! > 1);
  return {
    axes: long.map((i): Axis => axes[i]!),
    shape: long.map((i) => extents[i]!),
    pages,
    places: Array.from(pages, (page) => places[page]!),
  };
}

/** The planes of each image, in the order of the document. */
export function placesByImage(places: readonly OmePlace[]): Map<number, OmePlace[]> {
  const found = new Map<number, OmePlace[]>();
  for (const place of places) {
    const planes = found.get(place.image);
    if (planes) planes.push(place);
    else found.set(place.image, [place]);
  }
  return new Map([...found].toSorted(([a], [b]) => a - b));
}

/** The indices that planes have along each axis, and which in ascending order each is; undefined where the planes are not all combinations of these. */
export function blockOf(
  places: readonly OmePlace[],
): Readonly<Record<PlaneAxis, ReadonlyMap<number, number>>> | undefined {
  const along = (axis: PlaneAxis): Map<number, number> => {
    const indices = [...new Set(places.map((place) => place[axis]))].toSorted((a, b) => a - b);
    return new Map(indices.map((index, i) => [index, i]));
  };
  const block = { C: along("C"), Z: along("Z"), T: along("T") };
  const distinct = new Set(places.map(({ C, Z, T }) => `${C},${Z},${T}`)).size;
  const volume = block.C.size * block.Z.size * block.T.size;
  return volume === places.length && distinct === volume ? block : undefined;
}

/** Whether planes have all indices of an interval along an axis, so that the image's steps are those from one to the next. */
export function isInterval(places: readonly Pick<OmePlace, PlaneAxis>[], axis: PlaneAxis): boolean {
  const indices = new Set(places.map((place) => place[axis]));
  const [least, most] = [...indices].reduce(
    ([low, high], index) => [Math.min(low, index), Math.max(high, index)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return most - least < indices.size;
}
