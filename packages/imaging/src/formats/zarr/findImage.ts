import { InputError } from "../../image/inputError.js";
import type { FileStore } from "../fileStore.js";
import { type Multiscales, multiscalesOf, omeAttributes } from "./multiscales.js";
import { inNode, isObject, readNode, type ZarrNode } from "./zarrNode.js";

/** The group of an image. */
export interface FoundImage {
  readonly node: ZarrNode;
  /** Below the folder; empty where the folder is it. */
  readonly path: string;
  readonly multiscales: Multiscales;
  /** What the folder says besides that is not read, see `ImageMetadata`. */
  readonly notes?: readonly string[];
}

/** Where bioformats2raw puts what OME-Zarr has no words for: instruments, objectives, settings. */
const OME_XML = "OME/METADATA.ome.xml";

/** The image of a Zarr. Where there are several, or none, an `InputError` says which path to give. */
export async function findImage(files: FileStore, name: string): Promise<FoundImage> {
  const node = await readNode(files, name, "");
  if (!node) {
    throw new InputError(
      `there is no Zarr at ${name}: it has none of zarr.json, .zgroup and .zattrs; expected an OME-Zarr image`,
    );
  }
  if (node.kind === "array") {
    throw new InputError(
      `${name} is an array of a Zarr; expected the image that it is of, with axes and units: give the folder above it`,
    );
  }
  const attributes = omeAttributes(node);
  if (attributes["image-label"] !== undefined) {
    throw new InputError(
      `${name} is an image of labels, whose values are numbers of objects; expected grey values`,
    );
  }
  const multiscales = multiscalesOf(node, name);
  if (multiscales) return { node, path: "", multiscales };
  if (isObject(attributes.plate)) throw plateError(attributes.plate, name);
  if (isObject(attributes.well)) throw wellError(attributes.well, name);
  if (attributes["bioformats2raw.layout"] !== undefined) return convertedImage(files, name);
  if (Array.isArray(attributes.labels)) {
    throw new InputError(
      `${name} is a list of images of labels, whose values are numbers of objects; expected grey values: give the folder above it`,
    );
  }
  throw new InputError(
    `${name} is a Zarr, but no OME-Zarr image: it has no multiscales among its attributes; give the path of an image in it`,
  );
}

function plateError(plate: Readonly<Record<string, unknown>>, name: string): InputError {
  const wells = Array.isArray(plate.wells) ? (plate.wells as unknown[]) : [];
  const [first] = wells.flatMap((well) =>
    isObject(well) && typeof well.path === "string" ? [well.path] : [],
  );
  return new InputError(
    `${name} is a plate of ${wells.length} ${wells.length === 1 ? "well" : "wells"}; give the images of its wells, such as ${name}/${first ?? "A/1"}/0`,
  );
}

function wellError(well: Readonly<Record<string, unknown>>, name: string): InputError {
  const images = Array.isArray(well.images) ? (well.images as unknown[]) : [];
  const [first] = images.flatMap((image) =>
    isObject(image) && typeof image.path === "string" ? [image.path] : [],
  );
  return new InputError(
    `${name} is a well of ${images.length} images; give one of them, such as ${name}/${first ?? "0"}`,
  );
}

/** The one image of a folder as bioformats2raw writes it: images called 0, 1 and so on. */
async function convertedImage(files: FileStore, name: string): Promise<FoundImage> {
  const node = await readNode(files, name, "0");
  const multiscales = node && multiscalesOf(node, `${name}/0`);
  if (!multiscales) {
    throw new InputError(
      `${name} says that bioformats2raw wrote it, and has no image 0; give the path of an image`,
    );
  }
  if (await readNode(files, name, "1")) {
    throw new InputError(`${name} has several images; give one of them, such as ${inNode(name, "0")}`);
  }
  const isThere = (await files.read(OME_XML, { offset: 0, length: 1 })) !== undefined;
  const notes = [`its OME-XML (${OME_XML}) is neither read nor kept`];
  return { node, path: "0", multiscales, ...(isThere && { notes }) };
}
