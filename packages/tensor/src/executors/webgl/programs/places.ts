import { type Aval, sizeOf } from "../../../shape.js";
import { bytesOfLayout, type Layout, layoutOf } from "../context/layout.js";
import type { Texture, TexturePool } from "../context/texturePool.js";

export const layoutsOf = (values: readonly Aval[]): Layout[] =>
  values.map(({ shape }) => layoutOf(sizeOf(shape)));

/** Bytes of textures. */
export const totalBytes = (layouts: readonly Layout[]): number =>
  layouts.reduce((sum, layout) => sum + bytesOfLayout(layout), 0);

/** Textures of a program's own, taken once. */
export class Places {
  readonly byteLength: number;
  readonly #pool: TexturePool;
  readonly #layouts: readonly Layout[];
  #textures: Texture[] | undefined;

  constructor(pool: TexturePool, layouts: readonly Layout[]) {
    this.#pool = pool;
    this.#layouts = layouts;
    this.byteLength = totalBytes(layouts);
  }

  /** Throws where there is no memory for all, and takes none. */
  reserve(): readonly Texture[] {
    this.#textures ??= acquireAll(this.#pool, this.#layouts);
    return this.#textures;
  }

  release(): void {
    for (const texture of this.#textures ?? []) this.#pool.release(texture);
    this.#textures = undefined;
  }
}

/** A texture for each layout, or none where there is no memory for all. */
export function acquireAll(pool: TexturePool, layouts: readonly Layout[]): Texture[] {
  const textures: Texture[] = [];
  try {
    for (const layout of layouts) textures.push(pool.acquire(layout));
  } catch (error) {
    for (const texture of textures) pool.release(texture);
    throw error;
  }
  return textures;
}
