import { relative, resolve, sep } from "node:path";
import { expandFiles } from "@clidim/imaging/node";
import type { AblationData } from "./ablationFile.js";
import { fileIn } from "./testPages.js";

/** A data set with the files that its patterns and folders stand for, by their paths from `folder`, in which they are searched. `InputError`s as `expandFiles`. */
export async function expandedData(data: AblationData, folder: string): Promise<AblationData> {
  const { train, test } = data;
  const clean = async (specs: AblationData["test"]["clean"]) =>
    specs === "average" ? specs : expanded(specs, folder);
  return {
    ...data,
    train: {
      noisy: await expanded(train.noisy, folder),
      clean: await clean(train.clean),
      ...(train.second && { second: await expanded(train.second, folder) }),
    },
    test: { ...test, noisy: await expanded(test.noisy, folder), clean: await clean(test.clean) },
  };
}

/** What is a file by its name stays as it was written, since results are known by it. */
async function expanded(specs: readonly string[], folder: string): Promise<string[]> {
  const paths = specs.map((spec) => fileIn(folder, spec));
  const written = new Map(paths.map((path, i) => [path, specs[i]!]));
  const files = await expandFiles(paths);
  return files.map(({ file }) => written.get(file) ?? fromFolder(file, folder));
}

/** Relative where it lies in the folder, which may be another one next time. */
function fromFolder(file: string, folder: string): string {
  const path = relative(folder, file);
  return path.split(sep)[0] === ".." ? resolve(file) : path;
}
