/** How long the browser may read a file that it saves, in milliseconds: a minute to begin, and its bytes at 20 MB a second, as slow disks take them. Nothing tells the page when it has ended. */
export const savingTime = (bytes: number): number => 60_000 + bytes / 20_000;
