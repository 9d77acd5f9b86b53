import { InputError } from "../image/inputError.js";
import { axisNames } from "../image/source.js";
import { checkedWriter } from "./checkedWriter.js";
import type { FolderSink } from "./folderSink.js";
import type { FormatWriter, ImageFormat, ImageHeader, ImageWriter } from "./format.js";
import { formatOfName, formatsText } from "./formatOfName.js";
import { imageFormats } from "./registry.js";
import type { Sink } from "./sink.js";

/** Where an image goes: a file, or a folder for the formats that are one. */
export type Destination = Sink | FolderSink;

/**
 * Starts an image in the header's format, else in that of the name's extension; an `InputError` where no format of that name is written. A function as
 * `destination` is asked once the header is known to make sense, for what the format is. Pages that are not as the header says are an `Error`; whatever fails
 * leaves nothing behind.
 */
export async function createImage(
  name: string,
  destination: Destination | ((kind: "file" | "folder") => Promise<Destination>),
  header: ImageHeader,
  formats: readonly ImageFormat[] = imageFormats,
): Promise<ImageWriter> {
  checkHeader(name, header);
  const written = formats.filter(({ create }) => create);
  const format =
    header.format === undefined
      ? formatOfName(name, written)
      : written.find((known) => known.name === header.format);
  if (!format?.create) {
    const wanted = header.format === undefined ? "no format by its name" : `no writer of ${header.format}`;
    throw new InputError(`write ${name}: there is ${wanted}; expected ${formatsText(written)}`);
  }
  const opened =
    typeof destination === "function" ? await destination(format.folder ? "folder" : "file") : destination;
  try {
    return checkedWriter(name, await startWriter(format, opened, header, name), header);
  } catch (error) {
    await opened.abort();
    throw error;
  }
}

function startWriter(
  format: ImageFormat,
  destination: Destination,
  header: ImageHeader,
  name: string,
): Promise<FormatWriter> {
  const isFolder = "create" in destination;
  if (format.folder && isFolder && format.create) return format.create(destination, header, name);
  if (!format.folder && !isFolder && format.create) return format.create(destination, header, name);
  const [expected, got] = format.folder ? ["a folder", "a file"] : ["a file", "a folder"];
  throw new Error(`write ${name}: an image of ${format.name} is ${expected}, got ${got} to write to`);
}

function checkHeader(name: string, { axes, shape }: ImageHeader): void {
  const known = axes.every((axis, i) => axisNames.includes(axis) && axes.indexOf(axis) === i);
  if (!known || axes.at(-2) !== "Y" || axes.at(-1) !== "X") {
    throw new Error(`write ${name}: expected axes of T, C, Z once each, then Y, X; got ${axes.join(", ")}`);
  }
  if (shape.length !== axes.length || !shape.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new Error(`write ${name}: expected an extent of each of ${axes.join(", ")}, got [${shape.join()}]`);
  }
}
