import { isUrl } from "@clidim/imaging";
import { filesOfImage, isFolder } from "@clidim/imaging/node";
import { basename, dirname, join } from "pathe";
import { type OpenImage, openedImage, storedName } from "../images/openImages.js";
import { createReadStream } from "../node/fs.js";
import { mkdir, open, readdir } from "../node/fsPromises.js";
import { checkStorage } from "../storageSize.js";

/** Room for models, checkpoints and logs. */
const BESIDE = 2 ** 26;

/** Refuses images that the browser has no room for, before anything is written. */
export async function checkRoom(images: readonly OpenImage[]): Promise<void> {
  const bytes = images.reduce((sum, { told }) => sum + (told.bytes ?? 0), BESIDE);
  await checkStorage("the training", bytes);
}

/** Copies images into a folder, where they are after a reload; the path of each copy. What lies on the web stays there. */
export async function copyImages(ids: readonly string[], folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, id] of ids.entries()) {
    const from = await openedImage(id).path();
    if (isUrl(from)) {
      paths.push(from);
      continue;
    }
    const into = join(folder, String(i));
    await mkdir(into, { recursive: true });
    const copy = join(into, storedName(from));
    if (await isFolder(from)) await copyFolder(from, copy);
    else {
      // Other files of the same image keep their names, by which it finds them.
      for (const file of await filesOfImage(from))
        await copyFile(file, file === from ? copy : join(into, basename(file)));
    }
    paths.push(copy);
  }
  return paths;
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const place = join(to, join(entry.parentPath, entry.name).slice(from.length));
    await mkdir(dirname(place), { recursive: true });
    await copyFile(join(entry.parentPath, entry.name), place);
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  const file = await open(to, "wx");
  try {
    let at = 0;
    for await (const bytes of createReadStream(from)) {
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
