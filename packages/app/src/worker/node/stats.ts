/** What the functions of files tell of one, as far as browsers know it. */
export interface Stats {
  readonly size: number;
  readonly mtimeMs: number;
  readonly mtime: Date;
  readonly mode: number;
  /** Nothing has a number here. */
  readonly dev: number;
  readonly ino: number;
  /** 0: names are not counted. */
  readonly nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): false;
}

const statsOf = (size: number, mtimeMs: number, folder: boolean): Stats => ({
  ...{ size, mtimeMs, mtime: new Date(mtimeMs), mode: folder ? 0o755 : 0o644, dev: 0, ino: 0, nlink: 0 },
  isFile: () => !folder,
  isDirectory: () => folder,
  isSymbolicLink: () => false,
});

export const folderStats = (): Stats => statsOf(0, 0, true);
export const fileStats = (file: Blob): Stats =>
  statsOf(file.size, file instanceof File ? file.lastModified : 0, false);
/** Of a file that is being written. */
export const writtenStats = (size: number): Stats => statsOf(size, Date.now(), false);
