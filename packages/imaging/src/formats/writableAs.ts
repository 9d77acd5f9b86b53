import type { ImageSource } from "../image/source.js";
import type { ImageFormat } from "./format.js";
import { formatOfName } from "./formatOfName.js";
import { imageFormats } from "./registry.js";

/**
 * The name and format of a file that holds a result of the same kind as `source`: its own, or, where its format is read only, those of the first format that is
 * written, with that one's extension in place of the source's. A folder that is called otherwise gets its format's extension.
 */
export function writableAs(
  { name, format }: Pick<ImageSource, "name" | "format">,
  formats: readonly ImageFormat[] = imageFormats,
): { readonly name: string; readonly format: string } {
  const own = formats.find((known) => known.name === format);
  const other = formats.find(({ create }) => create);
  if (!other || (own?.create && !own.folder)) return { name, format };
  if (own?.create) {
    const extension = formatOfName(name, [own]) ? "" : own.extensions[0];
    return { name: `${name.replace(/[/\\]+$/, "")}${extension}`, format };
  }
  const extension = own?.extensions.find((ending) => name.toLowerCase().endsWith(ending)) ?? "";
  return { name: name.slice(0, name.length - extension.length) + other.extensions[0], format: other.name };
}
