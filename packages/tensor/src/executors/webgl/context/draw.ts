import type { Kernel } from "../kernels/kernel.js";
import type { GlContext } from "./glContext.js";
import { layoutOf } from "./layout.js";
import type { Texture } from "./texturePool.js";

/** Multiplications of one draw at most: systems stop a GPU that has not answered for two seconds. */
const mostWork = 2 ** 30;

/** Runs a kernel: has each texel of `writes` computed from `reads`, none of which is written. */
export function draw(
  context: GlContext,
  kernel: Kernel,
  reads: readonly Texture[],
  writes: readonly Texture[],
): void {
  const { gl, programs } = context;
  const { gl: program, parameters } = programs.program(kernel.name, kernel.text, kernel.reads.length);
  gl.useProgram(program);
  gl.uniform4uiv(parameters, kernel.words);
  reads.forEach((texture, k) => {
    gl.activeTexture(gl.TEXTURE0 + k);
    gl.bindTexture(gl.TEXTURE_2D, texture.gl);
  });
  context.attach(writes);
  const { shift, height } = layoutOf(kernel.elements);
  const width = 2 ** shift;
  const [first, end] = kernel.rows ?? [0, height];
  gl.viewport(0, 0, width, height);
  const rows = Math.max(1, Math.floor(mostWork / Math.max(1, kernel.workPerElement * 4 * width)));
  for (let row = first; row < end; row += rows) {
    gl.scissor(0, row, width, Math.min(rows, end - row));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    if (row + rows < end) gl.flush();
  }
}
