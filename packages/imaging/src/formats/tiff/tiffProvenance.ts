import { type Provenance, provenanceText } from "../../image/provenance.js";
import { isImagej, utf16 } from "./imagejDescription.js";
import type { TiffMetadata } from "./tiffMetadata.js";
import { ascii, TAGS, type Tag } from "./tiffTags.js";

/**
 * With the program in the Software tag, behind what is there, of the first page and of those that have one; with all there is to know in the info of an ImageJ file. (OME's document is
 * annotated when it is written.)
 */
export function withProvenance(tiff: TiffMetadata, provenance: Provenance | undefined): TiffMetadata {
  if (!provenance) return tiff;
  const { software } = provenance;
  const { description, imagej = [], ofFile = [], ofPages = [] } = tiff;
  const appended = new Map<Tag, Tag>();
  const of = (tag: Tag): Tag => {
    if (tag.tag !== TAGS.software) return tag;
    const known = appended.get(tag) ?? behind(tag, software);
    appended.set(tag, known);
    return known;
  };
  const isThere = (tags: readonly Tag[]): boolean => tags.some(({ tag }) => tag === TAGS.software);
  const first = isThere([...ofFile, ...(ofPages[0] ?? [])]) ? [] : [ascii(TAGS.software, software)];
  const lists = new Map<readonly Tag[], readonly Tag[]>();
  const ofList = (tags: readonly Tag[]): readonly Tag[] => {
    const list = lists.get(tags) ?? tags.map(of);
    lists.set(tags, list);
    return list;
  };
  const info = imagej.find(({ type }) => type === "info");
  const said = provenanceText(provenance);
  return {
    ...tiff,
    ofFile: [...ofFile.map(of), ...first],
    ofPages: ofPages.map(ofList),
    ...(description !== undefined &&
      isImagej(description) && {
        imagej: [
          {
            type: "info",
            bytes: new Uint8Array([...(info ? [...info.bytes, ...utf16("\n")] : []), ...utf16(said)]),
          },
          ...imagej.filter((record) => record !== info),
        ],
      }),
  };
}

/** A text tag with more text: on a line of its own where there are several, else after a semicolon. */
function behind(tag: Tag, text: string): Tag {
  let end = tag.bytes.length;
  while (end > 0 && tag.bytes[end - 1] === 0) end--;
  const before = tag.bytes.subarray(0, end);
  const lines = before.includes(0x0a);
  const separator = end === 0 || before[end - 1] === 0x0a ? "" : lines ? "\n" : "; ";
  const added = new TextEncoder().encode(`${separator}${text}\0`);
  const bytes = new Uint8Array(end + added.length);
  bytes.set(before);
  bytes.set(added, end);
  return { ...tag, bytes };
}
