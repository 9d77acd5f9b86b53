import type { Element } from "@xmldom/xmldom";
import { elementsIn, numberIn } from "./omeDocument.js";
import { blockOf, type OmePlace, type PlaneAxis, pixelsOf, placesByImage } from "./omePlanes.js";
import { isPlainName, type OmeSet, type OmeSetFile } from "./omeSet.js";

/** So many of a list are named, the others counted. */
const NAMED = 3;

/** Of larger images the missing planes are counted, not named. */
const LISTED_PLANES = 2 ** 20;

/** What of a set is not there, or is no more in the result, see `ImageMetadata`. `places`: the planes that are there; `identifiers`: what the files call themselves. */
export function notesOfOmeSet(
  set: OmeSet,
  places: readonly OmePlace[],
  identifiers: readonly (string | undefined)[],
): string[] {
  const there = set.files.filter(({ bytes }) => bytes);
  const missing = set.files.filter(({ bytes }) => !bytes);
  return [
    ...(there.length > 1 ? [wholeNote(there.length, set)] : []),
    ...planesNotes(set, places, missing),
    ...foreignNotes(set, identifiers),
  ];
}

function wholeNote(count: number, { files, fileCount }: OmeSet): string {
  const others = fileCount - files.length;
  const further = others === 0 ? "" : ` (${others} more ${others === 1 ? "holds" : "hold"} other images)`;
  return `it is one of ${count} files of a set, which are read as one image${further}; the result is one file with the planes of all of them`;
}

function planesNotes(
  { document, images }: OmeSet,
  places: readonly OmePlace[],
  missing: readonly OmeSetFile[],
): string[] {
  const byImage = placesByImage(places);
  const all = pixelsOf(document);
  let [described, absent] = [0, 0];
  const listed: string[] = [];
  for (const image of images) {
    const sizes = sizesOf(all[image]);
    const known = new Set((byImage.get(image) ?? []).map(keyOf));
    const count = sizes.C * sizes.Z * sizes.T;
    described += count;
    absent += count - known.size;
    if (!(count > known.size) || count > LISTED_PLANES) continue;
    const planes = everyPlace(image, sizes).filter((place) => !known.has(keyOf(place)));
    listed.push(`${images.size > 1 ? `image ${image}: ` : ""}${planesText(planes, sizes)}`);
  }
  const files = missing.filter(({ name }) => isPlainName(name)).map(({ name }) => name);
  const elsewhere = missing.filter(({ name }) => !isPlainName(name)).map(({ name }) => name);
  const led =
    elsewhere.length > 0
      ? [
          `its set names ${listOf(elsewhere)}, which is not looked for outside of its folder; put all files of a set into one`,
        ]
      : [];
  if (!(absent > 0)) return led;
  const gone =
    files.length === 0 ? "" : `${listOf(files)} of its set ${files.length === 1 ? "is" : "are"} not there: `;
  const which = listed.length > 0 ? ` (${listOf(listed, "; ")})` : "";
  return [
    ...led,
    `${gone}${absent} of ${described} planes are missing${which}; the result has and describes those that are there`,
  ];
}

const keyOf = ({ C, Z, T }: Pick<OmePlace, PlaneAxis>): string => `${C},${Z},${T}`;

type Sizes = Readonly<Record<PlaneAxis, number>>;

function sizesOf(pixels: Element | undefined): Sizes {
  const [C, Z, T] = ["SizeC", "SizeZ", "SizeT"].map((name) => (pixels ? numberIn(pixels, name, 1) : 0));
  return { C: C!, Z: Z!, T: T! };
}

function everyPlace(image: number, { C, Z, T }: Sizes): OmePlace[] {
  return Array.from({ length: C * Z * T }, (_, i) => ({
    image,
    C: i % C,
    Z: Math.floor(i / C) % Z,
    T: Math.floor(i / C / Z),
  }));
}

/** Planes by the axes of which some indices are missing where they are all combinations of these, else one by one. */
function planesText(planes: readonly OmePlace[], sizes: Sizes): string {
  const axes = (["C", "Z", "T"] as const).filter((axis) => sizes[axis] > 1);
  const block = blockOf(planes);
  if (block) {
    const some = axes.filter((axis) => block[axis].size < sizes[axis]);
    return some.map((axis) => `${axis} ${intervalsText([...block[axis].keys()])}`).join(" ") || "all";
  }
  return listOf(planes.map((place) => axes.map((axis) => `${axis} ${place[axis]}`).join(" ")));
}

/** Ascending numbers as lists on a command line: `0-4,7`. */
function intervalsText(numbers: readonly number[]): string {
  const intervals: { readonly from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = intervals.at(-1);
    if (last?.to === number - 1) last.to = number;
    else intervals.push({ from: number, to: number });
  }
  return listOf(
    intervals.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)),
    ",",
  );
}

/** Files that say that they are others than those of the set. */
function foreignNotes({ document, files }: OmeSet, identifiers: readonly (string | undefined)[]): string[] {
  const known = new Set<string>();
  for (const pixels of pixelsOf(document)) {
    for (const data of pixels ? elementsIn(pixels, "TiffData") : []) {
      for (const uuid of elementsIn(data, "UUID")) known.add(uuid.textContent?.trim() ?? "");
    }
  }
  if (![...known].some((uuid) => uuid !== "")) return [];
  known.add(document.documentElement?.getAttribute("UUID") ?? "");
  const foreign = files.filter((_, number) => !known.has(identifiers[number] ?? "") && identifiers[number]);
  if (foreign.length === 0) return [];
  const names = listOf(foreign.map(({ name }) => name));
  return [
    `${names} of its set ${foreign.length === 1 ? "has another identifier" : "have other identifiers"} than its OME-XML says, and ${foreign.length === 1 ? "is" : "are"} taken by name; make sure that ${foreign.length === 1 ? "it is" : "they are"} of this image`,
  ];
}

function listOf(names: readonly string[], separator = ", "): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(separator)}${more > 0 ? ` and ${more} more` : ""}`;
}
