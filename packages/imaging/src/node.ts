/** What needs Node: files. Everything else is the package's root. */
export { type FetchedData, type FetchHooks, type FetchOptions, fetchData } from "./fetch/fetchData.js";
export { openAtomicFolder } from "./files/atomicFolder.js";
export { type AtomicOptions, atomicWrite, exists, openAtomic } from "./files/atomicWrite.js";
export { checkFreeSpace } from "./files/checkFreeSpace.js";
export { type ConvertedFile, type ConvertOptions, convertFile } from "./files/convertFile.js";
export { createImageFile, writeImageFile } from "./files/createImageFile.js";
export { type ExpandOptions, expandFiles, type FoundFile } from "./files/expandFiles.js";
export { fileIdentity, ignoresCase, realOrResolved } from "./files/fileIdentity.js";
export { folderFiles } from "./files/folderFiles.js";
export { entriesOf, isFolder, makeFolder } from "./files/folders.js";
export { type FileHash, hashFile, isLargerThan } from "./files/hashFile.js";
export { isImageFolder } from "./files/isImageFolder.js";
export { type OpenFile, openFile } from "./files/openFile.js";
export { type OpenImageFileOptions, openImageFile, openStack, readStack } from "./files/openImageFile.js";
export { parseFileSpec } from "./files/parseFileSpec.js";
export { readNoiseMeasurement } from "./files/readNoiseMeasurement.js";
export { readTextFile, readWholeFile } from "./files/readWholeFile.js";
export { isUnfinished, unfinishedPath } from "./files/unfinished.js";
