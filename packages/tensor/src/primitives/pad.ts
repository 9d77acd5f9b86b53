import { formatShape, sizeOf, stridesOf } from "../shape.js";
import { expectPerAxis, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

export const pad: Primitive<"pad"> = {
  kind: "view",
  infer: (inputs, { low, high, interior, mode }) => {
    const [x] = operands("pad", inputs, ["x"]);
    expectPerAxis("pad", "low", low, x, 0);
    expectPerAxis("pad", "high", high, x, 0);
    expectPerAxis("pad", "interior", interior, x, 0);
    for (const [axis, extent] of x.shape.entries()) {
      if (mode !== "zero" && interior[axis] !== 0) {
        throw new Error(
          `pad: interior padding needs mode "zero", got "${mode}" for x ${formatShape(x.shape)}`,
        );
      }
      const width = Math.max(low[axis]!, high[axis]!);
      if (mode === "edge" && width > 0 && extent === 0) {
        throw new Error(`pad: axis ${axis} of x ${formatShape(x.shape)} has no edge to repeat; use "zero"`);
      }
      if (mode === "reflect" && width > 0 && width >= extent) {
        throw new Error(
          `pad: reflect needs widths below the extent, got ${width} on axis ${axis} of x ${formatShape(x.shape)}; pad less, or use "edge"`,
        );
      }
    }
    const shape = x.shape.map(
      (extent, axis) => low[axis]! + extent + Math.max(0, extent - 1) * interior[axis]! + high[axis]!,
    );
    return { shape, dtype: x.dtype };
  },
  reference: (inputs, { low, interior, mode }, out) => {
    const x = inputs[0]!;
    // Where each position along an axis comes from; -1 where it is a zero.
    const sources = out.shape.map((length, axis) => {
      const extent = x.shape[axis]!;
      const spacing = interior[axis]! + 1;
      return Array.from({ length }, (_, position) => {
        const i = position - low[axis]!;
        switch (mode) {
          case "zero":
            return i >= 0 && i <= (extent - 1) * spacing && i % spacing === 0 ? i / spacing : -1;
          case "edge":
            return Math.min(Math.max(i, 0), extent - 1);
          case "reflect":
            return i < 0 ? -i : i >= extent ? 2 * (extent - 1) - i : i;
          default:
            return mode satisfies never;
        }
      });
    });
    const strides = stridesOf(x.shape);
    const outStrides = stridesOf(out.shape);
    const result = new Float64Array(sizeOf(out.shape));
    for (let position = 0; position < result.length; position++) {
      let offset = 0;
      let inside = true;
      for (let axis = 0; axis < strides.length && inside; axis++) {
        const source = sources[axis]![Math.floor(position / outStrides[axis]!) % out.shape[axis]!]!;
        inside = source >= 0;
        offset += source * strides[axis]!;
      }
      if (inside) result[position] = x.data[offset]!;
    }
    return result;
  },
};
