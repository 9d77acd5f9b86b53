import type { ImageFormat } from "./format.js";

/** The format that a file's extension speaks of, in either case. */
export function formatOfName(name: string, formats: readonly ImageFormat[]): ImageFormat | undefined {
  const lower = name.toLowerCase();
  return formats.find(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)));
}

/** `TIFF (.tif, .tiff), PNG (.png)`, for messages. */
export function formatsText(formats: readonly ImageFormat[]): string {
  return formats.map(({ name, extensions }) => `${name} (${extensions.join(", ")})`).join(", ");
}
