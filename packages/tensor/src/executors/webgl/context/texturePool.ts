import { DeviceError } from "../../../deviceError.js";
import type { Gl, GlTexture } from "./glTypes.js";
import { bytesOfLayout, type Layout } from "./layout.js";

/** Memory of a value. */
export interface Texture extends Layout {
  readonly gl: GlTexture;
}

/** Bytes that are kept for later at most; what comes back beyond is deleted. */
const mostKept = 2 ** 28;

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/**
 * The textures of a context. All are RGBA32UI: words whose bits kernels take for floats or integers, so that no NaN is changed on the way, an element of any dtype lies alike, and nothing is needed that
 * WebGL 2 leaves to extensions; of four elements a texel, so that products read four at once and values are read back as they lie.
 */
export class TexturePool {
  readonly #gl: Gl;
  readonly #free: Map<string, Texture[]> = new Map();
  #freeBytes = 0;
  #usedBytes = 0;

  constructor(gl: Gl) {
    this.#gl = gl;
  }

  /** Bytes of what is not free. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** A texture whose texels may hold anything. Throws where there is no memory, also after what is free was deleted. */
  acquire(layout: Layout): Texture {
    const bytes = bytesOfLayout(layout);
    const kept = this.#free.get(keyOf(layout))?.pop();
    if (kept) this.#freeBytes -= bytes;
    const texture = kept ?? this.#create(layout) ?? this.#createAfterCleaning(layout);
    this.#usedBytes += bytes;
    return texture;
  }

  release(texture: Texture): void {
    const bytes = bytesOfLayout(texture);
    this.#usedBytes -= bytes;
    if (this.#freeBytes + bytes > mostKept) {
      this.#gl.deleteTexture(texture.gl);
      return;
    }
    this.#freeBytes += bytes;
    const key = keyOf(texture);
    const alike = this.#free.get(key);
    if (alike) alike.push(texture);
    else this.#free.set(key, [texture]);
  }

  /** Deletes what is free. */
  clean(): void {
    for (const alike of this.#free.values()) for (const texture of alike) this.#gl.deleteTexture(texture.gl);
    this.#free.clear();
    this.#freeBytes = 0;
  }

  #createAfterCleaning(layout: Layout): Texture {
    this.clean();
    const texture = this.#create(layout);
    if (texture) return texture;
    throw new DeviceError(
      "outOfMemory",
      `out of memory: ${mebibytes(bytesOfLayout(layout))} MiB more are needed, ${mebibytes(this.#usedBytes)} MiB are in use; use smaller tiles or batches, or dispose of what is not needed`,
    );
  }

  /** Undefined where there is no memory. */
  #create(layout: Layout): Texture | undefined {
    const gl = this.#gl;
    const { shift, height } = layout;
    // What went wrong before is not this texture's.
    while (gl.getError() === gl.OUT_OF_MEMORY);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, 2 ** shift, height);
    // Textures of integers have no other filter.
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    if (gl.getError() !== gl.OUT_OF_MEMORY) return { shift, height, gl: texture };
    gl.deleteTexture(texture);
    return undefined;
  }
}

const keyOf = ({ shift, height }: Layout): string => `${shift} ${height}`;
