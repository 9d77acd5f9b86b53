/** In place of the library's own, which looks for the package's file. The build knows it. */
export const packageVersion = (): string => import.meta.env.CLIDIM_VERSION;
