import type { PixelType } from "../image/image.js";
import type { ImageSource } from "../image/source.js";
import type { ImageFormat } from "./format.js";
import { formatOfName } from "./formatOfName.js";
import { imageFormats } from "./registry.js";

export interface WritableOptions {
  /** Default: all that there are. */
  readonly formats?: readonly ImageFormat[];
  /** It is going to have more planes than the source. Default false. */
  readonly stack?: boolean;
  /** What its pixels are going to be. Default: as the source's. */
  readonly dtype?: PixelType;
}

/**
 * The name and format of a file that holds a result of the same kind as `source`: its own, or, where its format is read only, or holds one plane and a stack is wanted, or integers and floats are wanted, those of the first format that is
 * written, with that one's extension in place of the source's. A folder that is called otherwise gets its format's extension.
 */
export function writableAs(
  { name, format }: Pick<ImageSource, "name" | "format">,
  { formats = imageFormats, stack = false, dtype }: WritableOptions = {},
): { readonly name: string; readonly format: string } {
  const usable = (known: ImageFormat): boolean =>
    known.create !== undefined && !(stack && known.onePlane) && !(dtype === "float32" && known.integers);
  const own = formats.find((known) => known.name === format);
  const other = formats.find(usable);
  if (!other || (own && usable(own) && !own.folder)) return { name, format };
  if (own && usable(own)) {
    const extension = formatOfName(name, [own]) ? "" : own.extensions[0];
    return { name: `${name.replace(/[/\\]+$/, "")}${extension}`, format };
  }
  const extension = own?.extensions.find((ending) => name.toLowerCase().endsWith(ending)) ?? "";
  return { name: name.slice(0, name.length - extension.length) + other.extensions[0], format: other.name };
}
