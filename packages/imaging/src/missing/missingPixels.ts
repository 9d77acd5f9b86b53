import type { Image, Plane } from "../image/image.js";

/** 1 where a pixel is missing: NaN or infinite, as at the border of a registered image. Undefined where none is. */
export function missingPixels({ data }: Pick<Plane, "data">): Uint8Array | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  let missing: Uint8Array | undefined;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) continue;
    missing ??= new Uint8Array(data.length);
    missing[i] = 1;
  }
  return missing;
}

/** Whether more than half of the pixels are missing. */
export function isMostlyMissing(plane: Pick<Plane, "data">): boolean {
  const gone = missingPixels(plane)?.reduce((sum, missing) => sum + missing, 0) ?? 0;
  return gone > plane.data.length / 2;
}

/** Whether there is nothing to be seen: all pixels that are not missing are equal. */
export function isBlank({ data }: Pick<Plane, "data">): boolean {
  let value: number | undefined;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) continue;
    value ??= data[i]!;
    if (data[i] !== value) return false;
  }
  return true;
}

/** What a blank page is, in words: "every pixel is 0", "no pixel has a finite value". */
export function blankText({ data }: Pick<Plane, "data">): string {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) return `every pixel is ${data[i]}`;
  }
  return "no pixel has a finite value";
}

/** The page with the pixels that are missing in another of its size as they are there. */
export function withMissing(page: Image<"float32">, missing: Uint8Array, other: Plane): Image<"float32"> {
  const data = page.data.slice();
  for (let i = 0; i < data.length; i++) if (missing[i]) data[i] = other.data[i]!;
  return { ...page, data };
}
