/** `node:path` for the library in a browser's worker. */
export * from "pathe";
