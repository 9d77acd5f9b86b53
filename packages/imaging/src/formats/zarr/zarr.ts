import type { FolderFormat } from "../format.js";
import { isNode } from "./zarrNode.js";

/** OME-Zarr 0.4 and 0.5, on a disk or on the web, read by chunks. Older versions are read, too. Its code is loaded when an image is one. */
export const zarr: FolderFormat = {
  name: "OME-Zarr",
  extensions: [".ome.zarr", ".zarr"],
  folder: true,
  matches: (_name, files) => isNode(files),
  open: async (files, name, pages) => (await import("./openZarr.js")).openZarr(files, name, pages),
  create: async (folder, header, name) => (await import("./createZarr.js")).createZarr(folder, header, name),
};
