import type { ImageFormat } from "./format.js";

/** The format that the extension of a file or a folder speaks of, in either case. */
export function formatOfName<F extends ImageFormat>(name: string, formats: readonly F[]): F | undefined {
  const lower = name.toLowerCase().replace(/[/\\]+$/, "");
  return formats.find(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)));
}

/** `TIFF (.tif, .tiff), PNG (.png)`, for messages; without those that are converted first, of which there are many. */
export function formatsText(formats: readonly ImageFormat[]): string {
  const read = formats.filter((format) => format.folder || !format.converted);
  return read.map(({ name, extensions }) => `${name} (${extensions.join(", ")})`).join(", ");
}
