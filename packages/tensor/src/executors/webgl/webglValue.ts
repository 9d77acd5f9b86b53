import type { DType, TypedArray } from "../../dtype.js";
import type { Value } from "../../executor.js";
import { hostValues } from "./context/elements.js";
import type { GlContext } from "./context/glContext.js";
import type { Texture, TexturePool } from "./context/texturePool.js";
import type { WebglExecutor } from "./webglExecutor.js";

/** Textures of values that nothing refers to any more. */
const dropped = new FinalizationRegistry(({ pool, texture }: { pool: TexturePool; texture: Texture }) =>
  pool.release(texture),
);

/** A value in a texture of a WebGL executor. */
export class WebglValue implements Value {
  readonly executor: WebglExecutor;
  readonly #context: GlContext;
  readonly #elements: number;
  #texture: Texture | undefined;

  constructor(executor: WebglExecutor, context: GlContext, elements: number, texture: Texture) {
    this.executor = executor;
    this.#context = context;
    this.#elements = elements;
    this.#texture = texture;
    dropped.register(this, { pool: context.pool, texture }, this);
  }

  /** Throws after `release`. */
  get texture(): Texture {
    if (!this.#texture) {
      throw new Error("WebglExecutor: a value was used after its release; it has no memory any more");
    }
    return this.#texture;
  }

  async read(dtype: DType): Promise<TypedArray> {
    return hostValues(await this.#context.read(this.texture, this.#elements), dtype);
  }

  release(): void {
    if (!this.#texture) return;
    dropped.unregister(this);
    this.#context.pool.release(this.#texture);
    this.#texture = undefined;
  }
}
