import { basename } from "pathe";

/** A name that is no page range to the library. */
export const storedName = (path: string): string => basename(path).replaceAll("#", "_");
