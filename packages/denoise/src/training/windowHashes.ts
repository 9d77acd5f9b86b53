import { createHash } from "node:crypto";
import { isBlank, type Plane } from "@clidim/imaging";
import type { NoisyPage, NoisyPlane } from "../data/noisyPlane.js";

/** Pages that differ do so in a window of this side: no two captures have the same noise. */
const SIDE = 64;

/** The page, or the captures that it is the mean of. */
export const framesOf = (page: NoisyPlane): readonly Plane[] => page.frames ?? [page];

/** Size and pixels of the middle of each frame of a page; undefined where nothing is to be seen there. */
export async function windowHashes(page: NoisyPage): Promise<(string | undefined)[]> {
  const { width, height } = page;
  const size = { width: Math.min(SIDE, width), height: Math.min(SIDE, height) };
  const x = Math.floor((width - size.width) / 2);
  const y = Math.floor((height - size.height) / 2);
  return framesOf(await page.read({ x, y, ...size })).map((middle) => {
    if (isBlank(middle)) return undefined;
    const pixels = createHash("sha256").update(Float64Array.from(middle.data)).digest("hex");
    return `${width} x ${height} ${pixels}`;
  });
}
