/** A length that is good to read: 1, 2 or 5 times a power of ten, of at most so many CSS pixels. */
export function scaleBar(
  pixelSize: { readonly size: number; readonly unit: string },
  scale: number,
  longest: number,
): { readonly width: number; readonly text: string } {
  const greatest = (longest / scale) * pixelSize.size;
  const power = 10 ** Math.floor(Math.log10(greatest));
  const length = ([5, 2, 1].find((factor) => factor * power <= greatest) ?? 1) * power;
  return {
    width: (length / pixelSize.size) * scale,
    text: `${Number(length.toPrecision(1))} ${pixelSize.unit}`,
  };
}
