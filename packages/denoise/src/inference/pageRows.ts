import { cutPlane, type LazyPage, type Plane } from "@clidim/imaging";

/** A page whose rows are given when they are asked for. */
export interface PageRows {
  readonly width: number;
  readonly height: number;
  /** The rows from `top` to before `bottom`, row-major. Nobody writes to them. */
  rows(top: number, bottom: number): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** The rows of a page that is in memory. */
export function rowsOfPlane(plane: Plane): PageRows {
  const { width, height, data } = plane;
  const rows = (top: number, bottom: number): ArrayLike<number> =>
    bottom - top === height ? data : cutPlane(plane, { x: 0, y: top, width, height: bottom - top }).data;
  return { width, height, rows };
}

/** The rows of a page that is not. */
export function rowsOfPage(page: LazyPage): PageRows {
  const { width, height } = page;
  const rows = async (top: number, bottom: number): Promise<ArrayLike<number>> =>
    (await page.read({ x: 0, y: top, width, height: bottom - top })).data;
  return { width, height, rows };
}
