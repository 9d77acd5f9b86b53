import { decodeImagejMetadata, isOfWholeImage } from "./imagejMetadata.js";
import type { PageTags } from "./keptTags.js";
import { type MicroscopeTags, microscopeNotes } from "./microscopeTags.js";
import { isOme } from "./omeDocument.js";
import type { PixelSamples } from "./pageDescription.js";
import type { TiffDirectory } from "./readDirectory.js";
import type { TiffMetadata, TiffStorage } from "./tiffMetadata.js";
import { TYPES, textOf } from "./tiffTags.js";

/** Values of PhotometricInterpretation. */
const WHITE_IS_ZERO = 0;
const PALETTE = 3;

/** ImageJ's private tags. */
const IMAGEJ_COUNTS = 50838;
const IMAGEJ_METADATA = 50839;

/** Tags of which nothing is kept though they say more of the image than how its pixels are stored, and what is said of it. */
const LOST: readonly (readonly [tag: number, note: string])[] = [[330, "its smaller copies are not kept"]];

/** What the first directory says besides its pixels, with the kept tags of all. */
export async function readTiffMetadata(
  directory: TiffDirectory,
  tags: PageTags,
  together: PixelSamples | undefined,
  microscope: MicroscopeTags,
): Promise<TiffMetadata> {
  const photometric = await directory.number(262);
  const colorMap = photometric === PALETTE ? await colorMapOf(directory) : undefined;
  const records = directory.entry(IMAGEJ_METADATA);
  const counts = records?.inside ? await directory.numbers(IMAGEJ_COUNTS) : undefined;
  // Numbers inside the records have the byte order of the file, of which their tag, bytes, knows nothing.
  const imagej =
    records && counts && (records.type === TYPES.BYTE || records.type === TYPES.UNDEFINED)
      ? decodeImagejMetadata(counts, (await directory.read(records)).bytes, directory.littleEndian)
      : [];
  const { description, ofFile, ofPages } = tags;
  const text = description && textOf(description);
  const lost = text !== undefined && isOme(text.text) && !imagej.every(isOfWholeImage);
  const notes = [
    ...LOST.flatMap(([tag, note]) => (directory.entry(tag) ? [note] : [])),
    ...(lost ? ["ImageJ's labels, colours and displayed ranges beside OME's description are not kept"] : []),
    ...microscopeNotes(directory, microscope),
  ];
  return {
    ...(photometric === WHITE_IS_ZERO && { whiteIsZero: true }),
    ...(colorMap && { colorMap }),
    ...(imagej.length > 0 && { imagej }),
    ...(text && { description: text.text, ...(text.latin1 && { latin1: true }) }),
    ofFile,
    ofPages,
    storage: { ...(await storageOf(directory)), ...(together && { together }) },
    ...(microscope.calibration && { microscope: microscope.calibration }),
    ...(notes.length > 0 && { notes }),
  };
}

/** The lookup table for pixels of 8 or 16 bits: that of fewer bits is followed by black. */
async function colorMapOf(directory: TiffDirectory): Promise<Uint16Array | undefined> {
  const map = await directory.numbers(320);
  const bits = (await directory.number(258)) ?? 1;
  const colours = 2 ** bits;
  if (map?.length !== 3 * colours) return undefined;
  const size = bits <= 8 ? 256 : 65536;
  const out = new Uint16Array(3 * size);
  for (let i = 0; i < map.length; i++) out[Math.floor(i / colours) * size + (i % colours)] = map[i]!;
  return out;
}

/** How a result is stored the same way: compressed by what is written, in tiles of a size that TIFF allows. */
async function storageOf(directory: TiffDirectory): Promise<TiffStorage> {
  const [width = 0, height = 0] = [await directory.number(322), await directory.number(323)];
  const tiled = width > 0 && height > 0 && width % 16 === 0 && height % 16 === 0;
  return {
    compression: ((await directory.number(259)) ?? 1) === 1 ? "none" : "deflate",
    ...(tiled && { tile: { width, height } }),
  };
}
