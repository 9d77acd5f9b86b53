/** `node:os` for the library in a browser's worker, as far as it uses it. */
export const hostname = (): string => "browser";
export const homedir = (): string => "/storage/home";
export const tmpdir = (): string => "/storage/temporary";
