import { formatShape, matmul, reshape, type Tensor, transpose } from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/**
 * Each image x[n] [H,W,C] with its rows and columns replaced by weighted sums of them: rows[n] x[n] columns[n]^T, channel by channel.
 * `rows` [N,Ho,H] and `columns` [N,Wo,W] give [N,Ho,Wo,C]. Linear in x, two batched matrix products.
 */
export function resample(x: Tensor, rows: Tensor, columns: Tensor): Tensor {
  const { batch, height, width, channels } = imageExtents("resample", x);
  const fits = (matrix: Tensor, extent: number): boolean =>
    matrix.shape.length === 3 && matrix.shape[0] === batch && matrix.shape[2] === extent;
  if (!fits(rows, height) || !fits(columns, width)) {
    throw new Error(
      `resample: expected rows [${batch},Ho,${height}] and columns [${batch},Wo,${width}] for x ${formatShape(x.shape)}, ` +
        `got ${formatShape(rows.shape)} and ${formatShape(columns.shape)}`,
    );
  }
  const [newHeight, newWidth] = [rows.shape[1]!, columns.shape[1]!];
  const vertical = matmul(rows, reshape(x, [batch, height, width * channels]));
  const turned = transpose(reshape(vertical, [batch, newHeight, width, channels]), [0, 2, 1, 3]);
  const both = matmul(columns, reshape(turned, [batch, width, newHeight * channels]));
  return transpose(reshape(both, [batch, newWidth, newHeight, channels]), [0, 2, 1, 3]);
}
