/** The lock that a page holds while it may show what its worker, whose name this is, has made. */
export const sessionLock = (worker: string): string => `clidim-session-${worker}`;
