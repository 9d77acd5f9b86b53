/** What of Node the library's packages name beside files, and browsers have nothing for. None of it is called there: no program is found that could be started. */
const absent = (name: string) => (): never => {
  throw new Error(`${name}: is not in a browser`);
};

/** Nor is a thread started: what would run there runs where it is called. */
export const Worker: () => never = absent("Worker");
export const spawn: () => never = absent("spawn");
export const crc32: () => never = absent("crc32");
export const createInflateRaw: () => never = absent("createInflateRaw");
export const fileURLToPath: () => never = absent("fileURLToPath");
export const Readable: () => never = absent("Readable");
