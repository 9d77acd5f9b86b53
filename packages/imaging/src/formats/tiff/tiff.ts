import type { ImageFormat } from "../format.js";
import { createTiff } from "./createTiff.js";
import { otherFilesOfSet } from "./omeSet.js";
import { openTiff } from "./openTiff.js";
import { isTiffSignature } from "./tiffSignature.js";

/** TIFF and BigTIFF of one channel per page, with what ImageJ and OME write into them. */
export const tiff: ImageFormat = {
  name: "TIFF",
  extensions: [".tif", ".tiff", ".btf"],
  matches: (_name, firstBytes) => isTiffSignature(firstBytes),
  open: openTiff,
  others: otherFilesOfSet,
  create: (sink, header) => createTiff(sink, header),
};
