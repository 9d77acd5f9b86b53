import { InputError } from "@clidim/imaging";
import type { FileHash } from "@clidim/imaging/node";
import { openDevice } from "../machine/openDevice.js";
import { loadModelInFile } from "../model/loadModel.js";
import type { Model } from "../model/modelFile.js";
import type { MethodRegistry } from "../protocol/registry.js";

/** A model that comes with the program, of images in units of their noise, so that it is for those of any camera. */
export interface ReadyModel {
  /** As command lines have it: "zoo:fluorescence". */
  readonly name: string;
  readonly title: string;
  /** Where its file is; asked when it is needed, an `InputError` where it cannot be had. */
  path(): Promise<string>;
}

/** One that was loaded. */
export interface LoadedReadyModel extends Pick<ReadyModel, "name" | "title"> {
  readonly model: Model;
  /** For the record of results. */
  readonly file: FileHash;
}

/** Models by their files, once there is something to compute with; or, in words that go on after "no ready model was compared, as", why there are none. */
export async function loadReadyModels(
  ready: readonly ReadyModel[],
  methods: MethodRegistry,
): Promise<readonly LoadedReadyModel[] | string> {
  try {
    await openDevice();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return "there is no adapter that it could run on";
  }
  const loaded: LoadedReadyModel[] = [];
  for (const { name, title, path } of ready) {
    try {
      const { model, file } = await loadModelInFile(await path(), methods);
      if (model.units !== "noise") {
        throw new Error(
          `${name}: expected a model of images in units of their noise, got one of grey values`,
        );
      }
      loaded.push({ name, title, model, file });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return `${name} cannot be loaded: ${error.message}`;
    }
  }
  return loaded;
}
