import { describe, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";

function expectFactor(op: string, x: Tensor, factor: number): void {
  expectTensor(op, "x", x);
  if (!Number.isInteger(factor) || factor < 1) {
    throw new Error(`${op}: factor must be a whole number of at least 1, got ${factor}`);
  }
}

/**
 * Images of more pixels from channels: x [N,H,W,C * factor^2] gives [N,H * factor,W * factor,C], where channel c * factor^2 + i * factor + j
 * becomes the pixel in row i and column j of each square. PyTorch's pixel_shuffle, channels last.
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  const op = "pixelShuffle";
  expectFactor(op, x, factor);
  if (x.shape.length !== 4 || x.shape[3]! % factor ** 2 !== 0) {
    throw new Error(
      `${op}: expected x of shape [N,H,W,C] with C a multiple of ${factor ** 2}, got ${describe(x)}`,
    );
  }
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const out = channels / factor ** 2;
  const squares = reshape(x, [batch, height, width, out, factor, factor]);
  const pixels = transpose(squares, [0, 1, 4, 2, 5, 3]);
  return reshape(pixels, [batch, height * factor, width * factor, out]);
}

/** The inverse of pixelShuffle: x [N,H * factor,W * factor,C] gives [N,H,W,C * factor^2]. PyTorch's pixel_unshuffle, channels last. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  const op = "pixelUnshuffle";
  expectFactor(op, x, factor);
  if (x.shape.length !== 4 || x.shape[1]! % factor !== 0 || x.shape[2]! % factor !== 0) {
    throw new Error(
      `${op}: expected x of shape [N,H,W,C] with H and W multiples of ${factor}, got ${describe(x)}`,
    );
  }
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const [rows, columns] = [height / factor, width / factor];
  const squares = reshape(x, [batch, rows, factor, columns, factor, channels]);
  return reshape(transpose(squares, [0, 1, 3, 5, 2, 4]), [batch, rows, columns, channels * factor ** 2]);
}
