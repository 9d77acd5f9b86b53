import { type Aval, formatShape, sameShape, sizeOf } from "../shape.js";
import { describe, expectDType, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { wrap } from "./wrap.js";

const clamp = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);

function expectIndices(op: string, indices: Aval): void {
  if (indices.dtype !== "i32" && indices.dtype !== "u32") {
    throw new Error(`${op}: indices must be i32 or u32, got ${describe(indices)}; cast first`);
  }
}

/** Indices of an axis without places are out of range, and there is nothing to clamp them to. */
export function expectPlaces(op: string, extent: number, indices: Aval): void {
  if (extent > 0 || sizeOf(indices.shape) === 0) return;
  throw new Error(
    `${op}: the axis has extent 0, where no index is in range, got indices ${describe(indices)}; give an axis with elements, or empty indices`,
  );
}

export const gather: Primitive<"gather"> = {
  kind: "view",
  infer: (inputs, { axis }) => {
    const [x, indices] = operands("gather", inputs, ["x", "indices"]);
    expectIndices("gather", indices);
    if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
      throw new Error(`gather: axis ${axis} is out of range for x ${formatShape(x.shape)}`);
    }
    expectPlaces("gather", x.shape[axis]!, indices);
    return { shape: x.shape.toSpliced(axis, 1, ...indices.shape), dtype: x.dtype };
  },
  reference: (inputs, { axis }, out) => {
    const [x, indices] = operands("gather", inputs, ["x", "indices"]);
    const outer = sizeOf(x.shape.slice(0, axis));
    const extent = x.shape[axis]!;
    const inner = sizeOf(x.shape.slice(axis + 1));
    const result = new Float64Array(sizeOf(out.shape));
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices.data) {
        const from = (o * extent + clamp(index, extent)) * inner;
        for (let i = 0; i < inner; i++) result[position++] = x.data[from + i]!;
      }
    }
    return result;
  },
};

export const scatterAdd: Primitive<"scatterAdd"> = {
  kind: "scatter",
  infer: (inputs, { axis, size }) => {
    const [updates, indices] = operands("scatterAdd", inputs, ["updates", "indices"]);
    expectIndices("scatterAdd", indices);
    expectDType("scatterAdd", "updates", updates, "numeric");
    if (!Number.isInteger(size) || size < 0) {
      throw new Error(`scatterAdd: size must be a whole number, got ${size}`);
    }
    expectPlaces("scatterAdd", size, indices);
    const rank = indices.shape.length;
    if (
      !Number.isInteger(axis) ||
      axis < 0 ||
      !sameShape(updates.shape.slice(axis, axis + rank), indices.shape) ||
      axis + rank > updates.shape.length
    ) {
      throw new Error(
        `scatterAdd: updates must have the shape of indices from axis ${axis} on, ` +
          `got updates ${formatShape(updates.shape)}, indices ${formatShape(indices.shape)}`,
      );
    }
    return { shape: updates.shape.toSpliced(axis, rank, size), dtype: updates.dtype };
  },
  reference: (inputs, { axis, size }, out) => {
    const [updates, indices] = operands("scatterAdd", inputs, ["updates", "indices"]);
    const outer = sizeOf(updates.shape.slice(0, axis));
    const inner = sizeOf(updates.shape.slice(axis + indices.shape.length));
    const result = new Float64Array(sizeOf(out.shape));
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices.data) {
        const to = (o * size + clamp(index, size)) * inner;
        for (let i = 0; i < inner; i++) {
          result[to + i] = wrap(result[to + i]! + updates.data[position++]!, out.dtype);
        }
      }
    }
    return result;
  },
};
