import type { NamedBlob } from "../../engine/engine.js";
import { savingTime } from "../session/savingTime.js";

/** Hands a file to the browser's downloads. */
export function saveFile({ name, blob }: NamedBlob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), savingTime(blob.size));
}
