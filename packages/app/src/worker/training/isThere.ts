import { lstat } from "../node/fsPromises.js";

/** Whether there is anything at a path, for those that remove things where there is nothing: what cannot be looked at is thrown, and not taken for missing. */
export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
