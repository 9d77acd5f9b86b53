import type { RandomAccess } from "./randomAccess.js";

/** A file that lies beside another. */
export interface Sibling {
  /** What messages call it. */
  readonly path: string;
  readonly bytes: RandomAccess;
}

/** The folder of a file that is opened, for formats whose images may be several files. Who gives it closes what was opened. */
export interface Siblings {
  /** A file by its name in the folder; undefined where there is none. One that is there and cannot be read is an `InputError`. */
  open(name: string): Promise<Sibling | undefined>;
}
