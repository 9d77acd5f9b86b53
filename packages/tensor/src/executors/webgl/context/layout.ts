/** How a value's elements lie in a texture: texels of four, row by row, in rows of 1 << shift texels. */
export interface Layout {
  readonly shift: number;
  readonly height: number;
}

/** The layout of so many elements, whatever their shape: about a square, whose width is a power of two, so that shaders find a texel by a shift. */
export function layoutOf(elements: number): Layout {
  const texels = Math.max(1, Math.ceil(elements / 4));
  const shift = Math.ceil(Math.log2(texels) / 2);
  return { shift, height: Math.ceil(texels / 2 ** shift) };
}

/** A texel has four words. */
export const bytesOfLayout = ({ shift, height }: Layout): number => 16 * height * 2 ** shift;

/** The most bytes that a value may take in textures of at most so many texels each way: views of the host address 2 GiB. */
export const mostBytes = (extent: number): number => Math.min(2 ** 31, 16 * extent ** 2);
