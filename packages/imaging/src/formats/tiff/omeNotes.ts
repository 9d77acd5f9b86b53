import type { Document } from "@xmldom/xmldom";
import { elementsIn } from "./omeDocument.js";
import { filesOf } from "./omePlanes.js";

/** What of an OME description is not read or kept, see `ImageMetadata`: of its document, undefined where it is none. `accounted`: it says of every page what it is; `together`: the files that were read as one image. */
export function notesOfOme(
  document: Document | undefined,
  accounted: boolean,
  together: number | undefined,
): string[] {
  const root = document?.documentElement;
  if (!document || !root) return ["its OME-XML is damaged and not kept"];
  const [elsewhere] = elementsIn(root, "BinaryOnly");
  if (elsewhere) {
    const file = elsewhere.getAttribute("MetadataFile") ?? "another one";
    return [
      `its OME-XML is in a file of its own (${file}), which is not read: pixel size and names of channels are not kept`,
    ];
  }
  if (!accounted) {
    return [
      "its OME-XML describes other planes than its pages, which are taken for a plain stack, and described as one in the result",
    ];
  }
  const files = filesOf(document).size;
  if (files < 2 || (together ?? 1) > 1) return [];
  return [
    `it is one of ${files} files of a set; the result has the planes of this file, and an OME-XML of these alone`,
  ];
}
