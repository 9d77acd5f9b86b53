import { encode } from "fast-png";
import { type Plane, sizeText } from "../../image/image.js";

const SEPARATOR = { width: 4, grey: 128 };

/**
 * Panels side by side (noisy | denoised | clean) as an 8-bit greyscale PNG, with one contrast for all: grey value `low`
 * is black, `high` white. Panels of equal height; a grey line between neighbours.
 */
export function previewPng(
  panels: readonly { readonly page: Plane }[],
  { low, high }: { readonly low: number; readonly high: number },
): Uint8Array {
  const first = panels[0];
  if (!first) throw new Error("previewPng: expected at least one panel, got none");
  if (!(high > low)) throw new Error(`previewPng: expected low < high, got ${low} and ${high}`);
  const { height } = first.page;
  const width = panels.reduce((sum, { page }) => sum + page.width, SEPARATOR.width * (panels.length - 1));
  const data = new Uint8Array(width * height).fill(SEPARATOR.grey);
  let left = 0;
  for (const { page } of panels) {
    if (page.height !== height) {
      throw new Error(`previewPng: panels differ in height (${sizeText(first.page)} and ${sizeText(page)})`);
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < page.width; x++) {
        const grey = Math.round((255 * (page.data[y * page.width + x]! - low)) / (high - low));
        data[y * width + left + x] = Math.min(255, Math.max(0, grey));
      }
    }
    left += page.width + SEPARATOR.width;
  }
  return encode({ width, height, data, depth: 8, channels: 1 });
}
