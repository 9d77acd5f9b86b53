/** What needs Node: files. Everything else is the package's root. */
export { type FetchedData, type FetchHooks, type FetchOptions, fetchData } from "./fetch/fetchData.js";
export { type AtomicFile, atomicWrite, isUnfinished, openAtomic } from "./files/atomicWrite.js";
export { type FileSpec, fileSpecText, parseFileSpec } from "./files/fileSpec.js";
export { entriesOf, makeFolder } from "./files/folders.js";
export { type FileHash, hashFile } from "./files/hashFile.js";
export { openTiff, readStack, type TiffFile } from "./formats/tiff/readTiff.js";
export { createTiff, type TiffWriteOptions, type TiffWriter, writeTiff } from "./formats/tiff/writeTiff.js";
