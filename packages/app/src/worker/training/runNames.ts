import { RUNS, runOf } from "../models/modelPath.js";
import { readdir } from "../node/fsPromises.js";

/** The runs of the storage by name. Apart from what reads them, which a page that has none need not load. */
export const runNames = async (): Promise<string[]> => (await readdir(RUNS).catch(() => [])).map(runOf);
