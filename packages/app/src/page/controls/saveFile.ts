import type { NamedBlob } from "../../engine/engine.js";

/** Hands a file to the browser's downloads. */
export function saveFile({ name, blob }: NamedBlob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then, and reads the blob itself.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
