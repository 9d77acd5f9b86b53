/** A path as a shell takes it for one word, in a command that is printed to be given again. */
export const shellWord = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);
