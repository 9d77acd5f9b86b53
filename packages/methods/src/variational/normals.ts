import {
  add,
  and,
  div,
  eq,
  foldIn,
  iota,
  lt,
  normal,
  rem,
  reshape,
  type Shape,
  slice,
  type Tensor,
  take,
  where,
} from "@clidim/tensor";

/** Standard normal values for the values of a code: what is drawn, of the shape asked for or of one that is broadcast to it. Called again, it gives others. */
export type Normals = (shape: Shape) => Tensor;

export function normalsOf(key: Tensor): Normals {
  let calls = 0;
  return (shape) => normal(foldIn(key, calls++), shape);
}

/** Where images that are tiles of a page lie on it. */
export interface TilePlace {
  /** Row and column, pixels, u32 [2]. */
  readonly origin: Tensor;
  readonly height: number;
  readonly width: number;
}

/** The same for all images of a batch, [draws,N,H,W,channels] of a code, so that what is made of an image does not depend on the others. With a place, they are those of places of the page: two tiles of one size have the same where they overlap. */
export function sharedNormalsOf(key: Tensor, place?: TilePlace): Normals {
  let calls = 0;
  return ([draws = 1, , ...code]) => {
    const own = foldIn(key, calls++);
    const shape = [draws, 1, ...code];
    return place ? placedNormals(own, shape, place) : normal(own, shape);
  };
}

/**
 * The page is covered with blocks of a tile's size, each with a key of its own but for the first, which has that of images without a place. A tile lies on up to four of them, two by two: of each it has the
 * rows and columns that are its own, modulo the size of a block.
 */
function placedNormals(key: Tensor, shape: readonly number[], { origin, height, width }: TilePlace): Tensor {
  const [rows, columns] = shape.slice(2) as [number, number]; // of a code
  // Codes are that many times smaller than images.
  const [y, x] = ([height / rows, width / columns] as const).map((stride, i) =>
    div(reshape(slice(origin, [i], [i + 1]), []), stride),
  ) as [Tensor, Tensor]; // of two
  const [down, across] = [
    { block: div(y, rows), within: rem(y, rows), places: iota([rows], 0, "u32") },
    { block: div(x, columns), within: rem(x, columns), places: iota([columns], 0, "u32") },
  ];
  const blockAt = (i: number, j: number): Tensor => {
    const [row, column] = [add(down.block, i), add(across.block, j)];
    const first = and(eq(row, 0), eq(column, 0));
    return normal(where(first, key, foldIn(foldIn(key, row), column)), shape);
  };
  // Places of a block before those that the tile begins with are of the next one.
  const nextRow = reshape(lt(down.places, down.within), [rows, 1, 1]);
  const nextColumn = reshape(lt(across.places, across.within), [columns, 1]);
  const mixed = where(
    nextRow,
    where(nextColumn, blockAt(1, 1), blockAt(1, 0)),
    where(nextColumn, blockAt(0, 1), blockAt(0, 0)),
  );
  const turned = take(mixed, rem(add(down.places, down.within), rows), 2);
  return take(turned, rem(add(across.places, across.within), columns), 3);
}
