import type { NamedBlob, OpenedImage } from "../../engine/engine.js";

/** What open images are called, by their ids: by their names, those of one name by where each lies, with a number where that is the same, too. */
export function imageTitles(
  images: readonly Pick<OpenedImage, "id" | "name" | "where">[],
): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, name, where = name } of images) {
    const alone = images.every((other) => other.id === id || other.name !== name);
    const wanted = alone ? name : where;
    let title = wanted;
    for (let i = 2; taken.has(title); i++) title = `${wanted} (${i})`;
    taken.add(title);
    titles.set(id, title);
  }
  return titles;
}

/** A file that was made of an image, which begins with what tells the image from others of its name: "plate1-cells.denoised.tif" of "plate1/cells.tif". */
export function fileOfTitle(file: NamedBlob, name: string, title: string): NamedBlob {
  const beside = (title.endsWith(name) ? title.slice(0, -name.length) : title.replace(name, ""))
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")
    .replaceAll(/^[_.]+|_+$/g, "");
  return beside === "" ? file : { ...file, name: `${beside}-${file.name}` };
}
