import { join } from "pathe";
import { runFolder, trainingPath } from "../models/modelPath.js";
import { isThere } from "./isThere.js";

/** Whether the folder of a run, which is there, is what copying has left whose page was closed meanwhile: nothing says what was asked for, and nothing was trained. Known of a run alone that is held (`holdingRun`). */
export const isLeftOver = async (run: string): Promise<boolean> =>
  !(await isThere(join(runFolder(run), "run.json"))) && !(await isThere(trainingPath(run)));
