/** A file on a command line: one that looks like an option is said to lie in the folder. */
export const fileWord = (name: string): string => (name.startsWith("-") ? `./${name}` : name);
