import { hashFile, parseFileSpec } from "@clidim/imaging/node";
import type { DataFile } from "../training/manifest.js";
import type { AblationData, AblationFile } from "./ablationFile.js";
import { fileIn } from "./testPages.js";

/** The files of a data set as the ablation file names them, noisy ones before clean ones and second captures, with size and SHA-256. */
export interface DataSetFiles {
  readonly train: readonly DataFile[];
  readonly test: readonly DataFile[];
  /** That of the noise model, where one is named. */
  readonly noise?: DataFile;
}

/** The files of every data set, each of them read once. */
export async function hashDataSets(
  data: AblationFile["data"],
  folder: string,
): Promise<Map<AblationFile["data"][number], DataSetFiles>> {
  const known = new Map<string, Omit<DataFile, "name">>();
  const hash = async (name: string): Promise<DataFile> => {
    const { path } = parseFileSpec(fileIn(folder, name));
    let found = known.get(path);
    if (!found) {
      const { bytes, sha256 } = await hashFile(path);
      found = { bytes, sha256 };
      known.set(path, found);
    }
    return { name, ...found };
  };
  const hashAll = async ({ noisy, clean, second = [] }: AblationData["train"]): Promise<DataFile[]> => {
    const files: DataFile[] = [];
    for (const name of [...noisy, ...(clean === "average" ? [] : clean), ...second])
      files.push(await hash(name));
    return files;
  };
  const hashed = new Map<AblationFile["data"][number], DataSetFiles>();
  for (const set of data) {
    const noise = set.noise !== undefined && { noise: await hash(set.noise) };
    hashed.set(set, { train: await hashAll(set.train), test: await hashAll(set.test), ...noise });
  }
  return hashed;
}
