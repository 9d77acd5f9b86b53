import {
  blobSink,
  createImage,
  type ImageSource,
  InputError,
  imageFormats,
  isUrl,
  simulateScenes,
} from "@clidim/imaging";
import { expandFiles, filesOfImage, openImageFile } from "@clidim/imaging/node";
import { basename, dirname, join } from "pathe";
import type { DroppedFile, Opened, OpenedImage } from "../../engine/engine.js";
import type { Copying } from "../copying.js";
import { engineErrorOf } from "../failures.js";
import { addDropped, droppedBytes, removeDropped } from "../node/droppedFiles.js";
import { rm } from "../node/fsPromises.js";
import { describeImage } from "./describeImage.js";
import { dropGroups } from "./dropGroups.js";
import { withOtherAxes } from "./withOtherAxes.js";
import { pixelBytes, writeCopy } from "./writeCopy.js";

/** An image that the page has opened. */
export interface OpenImage {
  readonly told: OpenedImage;
  readonly source: ImageSource;
  /** What a command line calls it: its path below what was dropped, or its address. */
  readonly called: string;
  /** What has to be done before a command line finds it: "download https://example.org/cells.tif". */
  readonly beforehand?: string | undefined;
  /** Where the library finds it: a path or an address. It may have to be written first. */
  path(copying: Copying): Promise<string>;
  /** Bytes that are written of it before a training: its file again, none of what stays on the web. */
  stored(): number;
  /** What is given up with it. */
  release(): Promise<void>;
}

const images = new Map<string, OpenImage>();
let last = 0;

/** The image of an id. */
export function openedImage(id: string): OpenImage {
  const image = images.get(id);
  if (!image) throw new InputError("this image was closed; open it again");
  return image;
}

/** Keeps an image until it is closed. */
export function keepImage(
  source: ImageSource,
  {
    path,
    called,
    beforehand,
    release,
    stored = () => details.bytes ?? 0,
    ...details
  }: Pick<OpenImage, "path" | "beforehand"> & {
    readonly stored?: OpenImage["stored"];
    readonly called?: string;
    readonly release?: () => Promise<void>;
    readonly bytes?: number | undefined;
    readonly insteadOf?: string;
    readonly where?: string | undefined;
  },
): OpenedImage {
  const id = `image-${++last}`;
  const told = describeImage(id, source, details);
  images.set(id, {
    ...{ told, source, path, stored, called: called ?? told.name, beforehand },
    release: async () => {
      await source.close();
      await release?.();
    },
  });
  return told;
}

export async function closeImage(id: string): Promise<void> {
  const image = images.get(id);
  images.delete(id);
  await image?.release();
}

/** So many images of a folder of dropped files are open. */
const users = new Map<string, number>();

/** What is known of files beside their paths. */
interface Origin {
  readonly beforehand?: string | undefined;
  /** The archive that they are in. */
  readonly archive?: string;
  /** Where the file lies, in place of its path below what was dropped. */
  readonly where?: string;
}

async function openDropped(
  folder: string,
  path: string,
  { beforehand, archive = "", where }: Origin = {},
): Promise<OpenedImage> {
  // Of a set of OME-TIFFs, one path stands for all files.
  const bytes = (await filesOfImage(path)).reduce((sum, file) => sum + droppedBytes(file), 0);
  const source = await openImageFile({ path });
  users.set(folder, (users.get(folder) ?? 0) + 1);
  const called = path.slice(folder.length + 1);
  return keepImage(source, {
    path: async () => path,
    bytes,
    ...{ called, beforehand },
    where: where ?? join(archive, called),
    release: async () => {
      const left = users.get(folder)! - 1; // it is one of them
      users.set(folder, left);
      if (left === 0) await forget(folder);
    },
  });
}

/** What is given up with a folder of dropped files, beside these. */
const beside = new Map<string, () => Promise<void>>();

async function forget(folder: string): Promise<void> {
  removeDropped(folder);
  users.delete(folder);
  await beside.get(folder)?.();
  beside.delete(folder);
}

export async function openFiles(files: readonly DroppedFile[]): Promise<Opened> {
  const opened: Opened[] = [];
  for (const group of dropGroups(files.filter((file) => !isArchive(file)))) {
    opened.push(await openFolder(addDropped(group), group));
  }
  for (const archive of files.filter(isArchive)) {
    try {
      opened.push(await openOne(archive));
    } catch (failure) {
      const { sentence } = engineErrorOf(failure);
      opened.push({ ...NOTHING, failures: [{ name: archive.path, sentence }] });
    }
  }
  return {
    images: opened.flatMap(({ images: all }) => all),
    models: opened.flatMap(({ models }) => models),
    failures: opened.flatMap(({ failures }) => failures),
  };
}

/** A folder may be an image whatever its files are called. */
const isArchive = ({ path }: DroppedFile): boolean => /^[^/]+\.zip$/i.test(path);

const NOTHING: Opened = { images: [], models: [], failures: [] };

async function openOne(given: DroppedFile): Promise<Opened> {
  const { openArchive } = await import("./openArchive.js");
  const archive = await openArchive(given);
  if (archive.kind === "model") {
    const { openModel } = await import("../models/openModel.js");
    return { ...NOTHING, models: [await openModel(given.file)] };
  }
  const { files, release, unpacking } = archive;
  return openFolder(addDropped(files), files, { release, beforehand: unpacking, archive: given.path });
}

/** The images of a folder of dropped files, with which something else is released; of an archive. */
async function openFolder(
  folder: string,
  files: readonly DroppedFile[],
  { release, ...origin }: Origin & { readonly release?: () => Promise<void> } = {},
): Promise<Opened> {
  if (release) beside.set(folder, release);
  const tops = new Set(files.map(({ path }) => path.split("/")[0]!));
  const opened: OpenedImage[] = [];
  const failures: Opened["failures"][number][] = [];
  try {
    const found = await expandFiles(
      [...tops].map((name) => join(folder, name)),
      { recursive: true, keepGoing: true },
    );
    for (const { file, error } of found) {
      try {
        if (error) throw error;
        opened.push(await openDropped(folder, file, origin));
      } catch (failure) {
        failures.push({ name: basename(file), sentence: engineErrorOf(failure).sentence });
      }
    }
  } finally {
    if (opened.length === 0) await forget(folder);
  }
  return { ...NOTHING, images: opened, failures };
}

/** A file as it is called. */
async function openAlone(name: string, contents: Blob, origin?: Origin): Promise<OpenedImage> {
  const folder = addDropped([{ path: name, file: new File([contents], name) }]);
  try {
    return await openDropped(folder, join(folder, name), origin);
  } catch (error) {
    await forget(folder);
    throw error;
  }
}

const ofFiles = imageFormats.filter(({ folder }) => !folder);

export async function openUrl(text: string): Promise<OpenedImage> {
  const url = text.trim();
  if (!isUrl(url) || !URL.canParse(url)) {
    throw new InputError(`${url}: expected an address such as https://example.org/image.ome.zarr`);
  }
  const { protocol, hostname, host, pathname } = new URL(url);
  if (protocol === "http:" && !["localhost", "127.0.0.1"].includes(hostname)) {
    throw new InputError(
      `${url}: a page may only read from https:// and from this machine; download the file and open it, or use clidim denoise`,
    );
  }
  const name = decoded(pathname.split("/").at(-1)!);
  // Without what may be secret in it.
  const where = `${host}${decoded(pathname)}`;
  const isFile = ofFiles.some(({ extensions }) =>
    extensions.some((extension) => name.toLowerCase().endsWith(extension)),
  );
  if (!isFile) {
    const source = await openImageFile({ path: url });
    return keepImage(source, { path: async () => url, called: url, where });
  }
  return openAlone(name, await download(url), { beforehand: `download ${url}`, where });
}

/** A part of an address in plain letters; one that is written wrongly stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function download(url: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return await response.blob();
  } catch (error) {
    throw new InputError(
      `cannot read from ${new URL(url).host}: a network connection is needed, and a server that lets pages of other origins read (CORS); or download the file and open it`,
      { cause: error },
    );
  }
  throw new InputError(`${url}: the server answers ${response.status} ${response.statusText}`.trim());
}

/** Little light, so that there is something to be seen. */
const SAMPLE = { seed: 12, size: 512, scenes: 1, frames: 1, photons: 20 } as const;

/** Simulated filaments and nuclei, in a file. */
export async function openSample(): Promise<OpenedImage> {
  const [scene] = simulateScenes(SAMPLE);
  const [page] = scene!.noisy; // one of one scene
  const sink = blobSink("image/tiff");
  const name = "sample.tif";
  const shape = [page!.height, page!.width];
  const writer = await createImage(name, sink, { axes: ["Y", "X"], shape, dtype: "uint16" });
  await writer.writePage(page!);
  await writer.close();
  return openAlone(name, sink.blob());
}

/** In place of the image, which is closed; its pixels are read from the same file. */
export function imageWithAxes(id: string, letters: string): OpenedImage {
  const before = openedImage(id);
  const source = withOtherAxes(before.source, letters);
  images.delete(id);
  let written: Promise<string> | undefined;
  return keepImage(source, {
    // The library reads axes from files: there is one with these once it is needed.
    path: (copying) => {
      written ??= writeCopy(source, copying).catch((error: unknown) => {
        // There may be room the next time, or more patience.
        written = undefined;
        throw error;
      });
      return written;
    },
    // The file with these axes, and a copy of it.
    stored: () => (written ? 1 : 2) * pixelBytes(source),
    bytes: before.told.bytes,
    where: before.told.where,
    called: before.called,
    beforehand: before.beforehand,
    insteadOf: id,
    release: async () => {
      await before.release();
      const copy = await written?.catch(() => undefined);
      if (copy !== undefined) await rm(dirname(copy), { recursive: true, force: true });
    },
  });
}
