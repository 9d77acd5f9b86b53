import type { PixelType } from "@clidim/imaging";
import {
  add,
  and,
  cast,
  iota,
  mul,
  reshape,
  shiftRight,
  slice,
  sub,
  type Tensor,
  take,
  xor,
} from "@clidim/tensor";

/**
 * Square crops of pages that are kept as they are stored: f32 [N, size, size, 1] in grey values.
 * `words` are the pages' pixels (see `PixelWords`) of type `pixels`; `walks`, i32 [N, 3], says for each crop which pixel goes to row 0, column
 * 0, and how many pixels further the next row and the next column are (see `cropWalk`).
 */
export function cropPages(words: Tensor, pixels: PixelType, walks: Tensor, size: number): Tensor {
  const [n] = walks.shape as [number, number]; // [N, 3]
  const column = (k: number): Tensor => reshape(slice(walks, [0, k], [n, k + 1]), [n, 1, 1, 1]);
  const rows = iota([1, size, 1, 1], 1, "i32");
  const columns = iota([1, 1, size, 1], 2, "i32");
  const index = add(column(0), add(mul(rows, column(1)), mul(columns, column(2))));
  /** The unsigned integer of 2^log2Bits bits at `index`. */
  const unsigned = (log2Bits: 3 | 4): Tensor => {
    const perWord = 5 - log2Bits;
    const word = take(words, shiftRight(index, perWord), 0);
    const position = cast(and(index, 2 ** perWord - 1), "u32");
    return and(shiftRight(word, mul(position, 2 ** log2Bits)), 2 ** (2 ** log2Bits) - 1);
  };
  switch (pixels) {
    case "uint8":
      return cast(unsigned(3), "f32");
    case "uint16":
      return cast(unsigned(4), "f32");
    case "int16":
      // Two's complement: with the sign bit turned over it counts from -2^15.
      return sub(cast(xor(unsigned(4), 0x8000), "f32"), 0x8000);
    case "float32":
      return take(words, index, 0);
    default:
      throw new Error(`cropPages: unknown pixel type ${pixels satisfies never}`);
  }
}
