import { DeviceError } from "../../../deviceError.js";
import type { Gl, GlCanvas } from "./glTypes.js";
import { ProgramCache } from "./programCache.js";
import { type Texture, TexturePool } from "./texturePool.js";

/** A context of WebGL 2 with what is made in it once. */
export class GlContext {
  readonly gl: Gl;
  readonly pool: TexturePool;
  readonly programs: ProgramCache;
  /** What the driver calls itself. */
  readonly renderer: string;
  /** The most texels of a texture each way. */
  readonly mostExtent: number;
  /** Why nothing can be computed any more. */
  #failure: DeviceError | undefined;
  /** Textures that are attached to the framebuffer. */
  #attached = 0;

  /** Throws a `DeviceError` where there is no WebGL 2. */
  constructor(canvas: GlCanvas) {
    const attributes = { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" };
    // The library for browsers, which says what this is, is not everybody's.
    const gl = canvas.getContext("webgl2", attributes) as Gl | null;
    if (!gl) {
      throw new DeviceError(
        "limit",
        "this browser offers no WebGL 2; enable hardware acceleration, or compute on the processor with WasmExecutor of @clidim/tensor/wasm",
      );
    }
    this.gl = gl;
    canvas.addEventListener("webglcontextlost", () => this.#lose());
    this.pool = new TexturePool(gl);
    this.programs = new ProgramCache(gl);
    // Some browsers tell no more than their own name without it.
    const info = gl.getExtension("WEBGL_debug_renderer_info") as { UNMASKED_RENDERER_WEBGL: number } | null;
    this.renderer = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
    this.mostExtent = Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
    gl.enable(gl.SCISSOR_TEST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  }

  #lose(): DeviceError {
    this.#failure ??= new DeviceError(
      "lost",
      "lost: the browser took the WebGL context away; open a new executor and start from the last checkpoint",
    );
    return this.#failure;
  }

  /** Throws where the context is lost: the event of that comes later than the loss. */
  assertAlive(): void {
    if (this.#failure) throw this.#failure;
    if (this.gl.isContextLost()) throw this.#lose();
  }

  /** Nothing can be computed from now on. */
  destroy(): void {
    this.#failure ??= new DeviceError("lost", "lost: the executor was destroyed; open a new one");
    (this.gl.getExtension("WEBGL_lose_context") as { loseContext(): void } | null)?.loseContext();
  }

  /** Lets draws write these textures, and reads take the first. */
  attach(textures: readonly Texture[]): void {
    const { gl } = this;
    for (let k = 0; k < Math.max(textures.length, this.#attached); k++) {
      const texture = textures[k]?.gl ?? null;
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + k, gl.TEXTURE_2D, texture, 0);
    }
    if (textures.length !== this.#attached) {
      gl.drawBuffers(textures.map((_, k) => gl.COLOR_ATTACHMENT0 + k));
      this.#attached = textures.length;
    }
  }

  /** Copies the words of a value's elements into its texture. */
  upload(texture: Texture, words: Uint32Array): void {
    const { gl } = this;
    const { shift, height } = texture;
    const whole = new Uint32Array(4 * height * 2 ** shift);
    whole.set(words);
    gl.bindTexture(gl.TEXTURE_2D, texture.gl);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 2 ** shift, height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, whole);
  }

  /** The words of the first elements of a texture, at once: the thread waits for what computes them. */
  readNow(texture: Texture, elements: number): Uint32Array {
    const { gl } = this;
    const words = new Uint32Array(wordsToRead(texture, elements));
    this.#readPixels(texture, elements, words);
    if (gl.isContextLost()) throw this.#lose();
    return words.subarray(0, elements);
  }

  /** The same, while others of the event loop have their turns. What the texture holds now is read, whatever is written to it afterwards. */
  async read(texture: Texture, elements: number): Promise<Uint32Array> {
    const { gl } = this;
    const words = new Uint32Array(wordsToRead(texture, elements));
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    gl.bufferData(gl.PIXEL_PACK_BUFFER, words.byteLength, gl.DYNAMIC_READ);
    this.#readPixels(texture, elements, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    await this.finish();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, words);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    gl.deleteBuffer(buffer);
    this.assertAlive();
    return words.subarray(0, elements);
  }

  /** Resolves once the GPU has done what it was given so far. */
  async finish(): Promise<void> {
    const { gl } = this;
    this.assertAlive();
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (!fence) throw this.#lose();
    gl.flush();
    try {
      // Browsers look at fences between turns of the event loop alone, and do not call.
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve));
        this.assertAlive();
        if (gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED) return;
      }
    } finally {
      gl.deleteSync(fence);
    }
  }

  #readPixels(texture: Texture, elements: number, into: number | Uint32Array): void {
    const { gl } = this;
    this.attach([texture]);
    const width = 2 ** texture.shift;
    gl.readPixels(
      0,
      0,
      width,
      wordsToRead(texture, elements) / (4 * width),
      gl.RGBA_INTEGER,
      gl.UNSIGNED_INT,
      into,
    );
  }
}

/** The words of the rows that hold so many elements. */
const wordsToRead = ({ shift }: Texture, elements: number): number =>
  Math.ceil(elements / (4 * 2 ** shift)) * 4 * 2 ** shift;
