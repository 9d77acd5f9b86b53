import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Operator } from "../call.js";

/** Of complex numbers, whose parts lie along the last axis, or of real ones with one part. */
const dft: Operator = (call) => {
  const x = call.plain(0);
  const rank = x.shape.length;
  const parts = x.shape.at(-1);
  if (rank < 2 || (parts !== 1 && parts !== 2)) {
    call.refuse(
      `input 0 is [${x.shape.join(",")}], expected axes of a signal and a last one of extent 1 or 2`,
    );
  }
  const given = call.opset >= 20 ? (call.optional(2) ? call.number(2) : -2) : call.int("axis", 1);
  const axis = call.axisOf(given, rank);
  if (axis === rank - 1) call.refuse(`axis ${given} has the parts of complex numbers`);
  const part = (k: number): Tensor => t.squeeze(t.narrow(x, -1, k, 1), -1);
  const options = { axis, ...(call.optional(1) && { n: call.number(1) }) };
  const inverse = call.int("inverse", 0) === 1;
  const isHalf = call.int("onesided", 0) === 1;
  if (isHalf && (inverse || parts === 2)) {
    call.refuse("onesided is known for the transform of real numbers alone");
  }
  const z = parts === 2 ? { real: part(0), imag: part(1) } : part(0);
  const { real, imag } = isHalf ? t.rfft(part(0), options) : inverse ? t.ifft(z, options) : t.fft(z, options);
  return t.stack([real, imag], -1);
};

export const fourier: Readonly<Record<string, Operator>> = { DFT: dft };
