/** An object of a context, which nobody looks into. */
declare const kind: unique symbol;
type GlObject<Kind extends string> = { readonly [kind]?: Kind };

export type GlTexture = GlObject<"texture">;
export type GlProgram = GlObject<"program">;
type GlShader = GlObject<"shader">;
type GlLocation = GlObject<"location">;
type GlBuffer = GlObject<"buffer">;
type GlFramebuffer = GlObject<"framebuffer">;
type GlSync = GlObject<"sync">;

/** What can be drawn on: `OffscreenCanvas` and `HTMLCanvasElement`, or one that looks like them. */
export interface GlCanvas {
  getContext(kind: "webgl2", attributes: Readonly<Record<string, unknown>>): unknown;
  addEventListener(kind: "webglcontextlost", listener: () => void): void;
}

/**
 * What is called of `WebGL2RenderingContext`. TypeScript's library for browsers has all of it, but programs that are compiled without that one, for Node, compile with this package, too.
 */
export interface Gl {
  readonly COLOR_ATTACHMENT0: number;
  readonly DYNAMIC_READ: number;
  readonly FRAGMENT_SHADER: number;
  readonly FRAMEBUFFER: number;
  readonly LINK_STATUS: number;
  readonly MAX_TEXTURE_SIZE: number;
  readonly NEAREST: number;
  readonly OUT_OF_MEMORY: number;
  readonly PIXEL_PACK_BUFFER: number;
  readonly RENDERER: number;
  readonly RGBA32UI: number;
  readonly RGBA_INTEGER: number;
  readonly SCISSOR_TEST: number;
  readonly SYNC_GPU_COMMANDS_COMPLETE: number;
  readonly TEXTURE0: number;
  readonly TEXTURE_2D: number;
  readonly TEXTURE_MAG_FILTER: number;
  readonly TEXTURE_MIN_FILTER: number;
  readonly TIMEOUT_EXPIRED: number;
  readonly TRIANGLES: number;
  readonly UNSIGNED_INT: number;
  readonly VERTEX_SHADER: number;
  readonly WAIT_FAILED: number;
  activeTexture(unit: number): void;
  attachShader(program: GlProgram, shader: GlShader): void;
  bindBuffer(target: number, buffer: GlBuffer | null): void;
  bindFramebuffer(target: number, framebuffer: GlFramebuffer | null): void;
  bindTexture(target: number, texture: GlTexture | null): void;
  bufferData(target: number, bytes: number, usage: number): void;
  clientWaitSync(sync: GlSync, flags: number, timeout: number): number;
  compileShader(shader: GlShader): void;
  createBuffer(): GlBuffer;
  createFramebuffer(): GlFramebuffer;
  createProgram(): GlProgram;
  createShader(kind: number): GlShader | null;
  createTexture(): GlTexture;
  deleteBuffer(buffer: GlBuffer): void;
  deleteProgram(program: GlProgram): void;
  deleteShader(shader: GlShader): void;
  deleteSync(sync: GlSync): void;
  deleteTexture(texture: GlTexture): void;
  drawArrays(kind: number, first: number, count: number): void;
  drawBuffers(buffers: readonly number[]): void;
  enable(what: number): void;
  fenceSync(condition: number, flags: number): GlSync | null;
  flush(): void;
  framebufferTexture2D(
    target: number,
    attachment: number,
    kind: number,
    texture: GlTexture | null,
    level: number,
  ): void;
  getBufferSubData(target: number, offset: number, into: Uint32Array): void;
  getError(): number;
  getExtension(name: string): unknown;
  getParameter(name: number): unknown;
  getProgramInfoLog(program: GlProgram): string | null;
  getProgramParameter(program: GlProgram, name: number): unknown;
  getShaderInfoLog(shader: GlShader): string | null;
  getUniformLocation(program: GlProgram, name: string): GlLocation | null;
  isContextLost(): boolean;
  linkProgram(program: GlProgram): void;
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    into: number | Uint32Array,
  ): void;
  scissor(x: number, y: number, width: number, height: number): void;
  shaderSource(shader: GlShader, text: string): void;
  texParameteri(target: number, name: number, value: number): void;
  texStorage2D(target: number, levels: number, format: number, width: number, height: number): void;
  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    data: Uint32Array,
  ): void;
  uniform1i(location: GlLocation | null, value: number): void;
  uniform4uiv(location: GlLocation | null, values: Uint32Array): void;
  useProgram(program: GlProgram): void;
  viewport(x: number, y: number, width: number, height: number): void;
}
