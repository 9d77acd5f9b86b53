import { bioformats } from "./bioformats/bioformats.js";
import type { ImageFormat } from "./format.js";
import { png } from "./png/png.js";
import { tiff } from "./tiff/tiff.js";
import { zarr } from "./zarr/zarr.js";

/** All formats, the first wins where two claim a file. See docs/adding-a-format.md. */
export const imageFormats: readonly ImageFormat[] = [...bioformats, tiff, png, zarr];
