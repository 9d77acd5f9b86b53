import type { PageRange } from "../image/fileSpec.js";
import type { Image } from "../image/image.js";
import type { ImageMetadata } from "../image/metadata.js";
import type { Provenance } from "../image/provenance.js";
import type { ImageSource } from "../image/source.js";
import type { FileStore } from "./fileStore.js";
import type { FolderSink } from "./folderSink.js";
import type { RandomAccess } from "./randomAccess.js";
import type { Siblings } from "./siblings.js";
import type { Sink } from "./sink.js";

/**
 * A format: a folder of its own and one line of `registry.ts`. What it throws at what users give it are `InputError`s of one sentence that begins with
 * the file's name. `folder` tells what an image of it is.
 */
export type ImageFormat = FileFormat | FolderFormat;

interface NamedFormat {
  /** What people call it, such as `TIFF`. */
  readonly name: string;
  /** Ends of names in lower case, with the dot; the first is the usual one. */
  readonly extensions: readonly string[];
  /** A file of it holds one plane, with channels or without. */
  readonly onePlane?: true;
  /** Its pixels are integers. */
  readonly integers?: true;
}

/** A format whose images are one file each. */
export interface FileFormat extends NamedFormat {
  readonly folder?: false;
  /** Its files are not read: Bio-Formats converts them first, where it is installed. `open` says what to do where it is not. */
  readonly converted?: true;
  /** Whether the first bytes of a file, up to 512, are those of this format. The name counts only where the bytes leave it open. */
  matches(name: string, firstBytes: Uint8Array): boolean;
  /**
   * Opens a file without reading pixels. Whatever can be known without them is checked here. `name` is what messages call the file, `pages` the selection: the
   * source then holds those alone. A format whose pages are alike by nature passes its source through `selectPages`; one whose pages may differ looks at the
   * selected ones only. `siblings` gives files that lie beside it; absent where a file has no folder, as one that a browser's user has chosen.
   */
  open(bytes: RandomAccess, name: string, pages?: PageRange, siblings?: Siblings): Promise<ImageSource>;
  /** Of a format whose images may be several files: the paths of the others that this one's image is read from, as far as they are there. */
  others?(bytes: RandomAccess, name: string, siblings: Siblings): Promise<readonly string[]>;
  /** Starts a file. Absent where a format is read only. An `InputError` where the format has no place for such an image. */
  create?(sink: Sink, header: ImageHeader, name: string): Promise<FormatWriter>;
}

/** A format whose images are folders of files, on a disk or on the web. */
export interface FolderFormat extends NamedFormat {
  readonly folder: true;
  /** Whether a folder is of this format, by the files that it has or has not. */
  matches(name: string, files: FileStore): Promise<boolean>;
  /** As that of a file. `name` is the path of the folder or its address. */
  open(files: FileStore, name: string, pages?: PageRange): Promise<ImageSource>;
  /** Starts a folder. Absent where a format is read only. An `InputError` where the format has no place for such an image. */
  create?(folder: FolderSink, header: ImageHeader, name: string): Promise<FormatWriter>;
}

/** What is going to be written. An `ImageSource` is one: what is written is then of its kind. */
export interface ImageHeader extends Pick<ImageSource, "axes" | "shape" | "dtype"> {
  readonly metadata?: ImageMetadata;
  /** The name of the format. Default: that of the file's extension. */
  readonly format?: string;
  /** Without loss. Default: as the image that its metadata comes from, where its format knows, else "none". */
  readonly compression?: "none" | "deflate";
  /** What made it, which is written where the format has a place for it. */
  readonly provenance?: Provenance;
}

/** Writes an image page by page, in the order of the header's axes. */
export interface ImageWriter {
  /** A page of the header's size and dtype. It may be changed once the promise is kept. */
  writePage(page: Image): Promise<void>;
  /**
   * The next rows of a page, from its first on, over its whole width: for pages that are never whole in memory. With its last row a page is complete, and the same as if it had been written at
   * once. A format without bands has the page in memory until then.
   */
  writeRows(rows: Image): Promise<void>;
  /** All pages were written: completes the file or folder and commits the sink. */
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

/** What a format writes with. Pages and bands that come are of the header's size and dtype, and as many as it says. */
export interface FormatWriter extends Omit<ImageWriter, "writeRows"> {
  /** Where pages can be written by bands. */
  readonly bands?: PageBands;
}

/** How pages are written by bands, from the first row on. */
export interface PageBands {
  /** The rows of a band are a multiple of it; the last one of a page has what is left. */
  readonly rows: number;
  /** The next band of a page. */
  write(band: Image): Promise<void>;
}
