import { fileError, isUrl } from "@clidim/imaging";
import { filesOfImage, isFolder } from "@clidim/imaging/node";
import { basename, dirname, join } from "pathe";
import type { Copying } from "../copying.js";
import type { OpenImage } from "../images/openImages.js";
import { storedName } from "../images/storedName.js";
import { createReadStream } from "../node/fs.js";
import { mkdir, open, readdir } from "../node/fsPromises.js";
import { checkStorage } from "../storageSize.js";

/** Room for models, checkpoints and logs. */
const BESIDE = 2 ** 26;

/** Refuses images that the browser has no room for, before anything is written. */
export async function checkRoom(images: readonly OpenImage[]): Promise<void> {
  const bytes = images.reduce((sum, image) => sum + image.stored(), BESIDE);
  await checkStorage("the training", bytes);
}

/** Copies images into a folder, where they are after a reload; the path of each copy. What lies on the web stays there. */
export async function copyImages(
  images: readonly OpenImage[],
  folder: string,
  copying: Copying,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, image] of images.entries()) {
    copying.proceed();
    const from = await image.path(copying);
    if (isUrl(from)) {
      paths.push(from);
      continue;
    }
    const into = join(folder, String(i));
    await mkdir(into, { recursive: true });
    const copy = join(into, storedName(from));
    copying.onPhase(`Copying ${image.told.name} into the browser's storage`);
    if (await isFolder(from)) await copyFolder(from, copy, copying);
    else {
      // Other files of the same image keep their names, by which it finds them.
      for (const file of await filesOfImage(from))
        await copyFile(file, file === from ? copy : join(into, basename(file)), copying);
    }
    paths.push(copy);
  }
  return paths;
}

async function copyFolder(from: string, to: string, copying: Copying): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const place = join(to, join(entry.parentPath, entry.name).slice(from.length));
    await mkdir(dirname(place), { recursive: true });
    await copyFile(join(entry.parentPath, entry.name), place, copying);
  }
}

/** What is wrong with the one that is read is no fault of the one that is written. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
}

async function copyFile(from: string, to: string, { proceed }: Copying): Promise<void> {
  const file = await open(to, "wx");
  try {
    let at = 0;
    for await (const bytes of piecesOf(from)) {
      // What is a piece alone is copied as soon as the question is asked.
      if (at > 0) proceed();
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
      at += bytes.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
