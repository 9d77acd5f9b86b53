import { Worker } from "node:worker_threads";

/** As it was built, from the sources as from what is built of them. A name, so that what bundles for browsers, where nothing is started, does not look for it. */
const BUILT = "../dist/decoder.js";

/** Starts the thread that runs `decoder.ts`. What decoders print does not go to the output. */
export const startDecoder = (): Worker =>
  new Worker(new URL(BUILT, import.meta.url), { execArgv: [], stdout: true, stderr: true });
