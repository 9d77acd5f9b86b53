import { join } from "node:path";
import { InputError } from "@clidim/imaging";
import { layerConfiguration } from "../configuration/configuration.js";
import type { Plain } from "../protocol/configurationSpace.js";
import type { TrainedMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { type AblationData, type AblationFile, variantsOn } from "./ablationFile.js";

/** One training of an ablation. */
export interface AblationRun {
  readonly data: AblationData;
  readonly variant: string;
  /** Noisy pages to train on; 0: all. */
  readonly shots: number;
  readonly seed: number;
  readonly validation: number;
  readonly method: TrainedMethod;
  readonly configuration: RunConfiguration;
  /** "fmd cl+tv+ssim, 16 shots, seed 0". */
  readonly title: string;
  /** The folder of the run in that of the ablation. */
  readonly folder: string;
}

/** "all" or the number. */
export const shotsText = (shots: number): string => (shots === 0 ? "all" : String(shots));

/**
 * The runs in the order in which they are done: seed by seed, so that the whole table stands early; within one data set by data set, the numbers of shots, the variants. An `InputError`
 * names the variant whose configuration cannot be, and a method that there is not.
 */
export function ablationGrid(file: AblationFile, methods: MethodRegistry): AblationRun[] {
  const common = methods.trainedNamed(file.method);
  return file.seeds.flatMap((seed) =>
    file.data.flatMap((data) =>
      data.shots.flatMap((shots) =>
        variantsOn(file.variants, data).map((entry) => {
          const variant = entry.name;
          const method = entry.method === undefined ? common : methods.trainedNamed(entry.method);
          const shared = [file.overrides, data.overrides];
          const layers = [
            ...(method === common ? shared : shared.map((values) => known(method, values))),
            entry.overrides,
            { shots },
          ];
          const preset = entry.preset ?? (method === common ? file.preset : undefined);
          return {
            data,
            variant,
            shots,
            seed,
            validation: file.validation,
            method,
            configuration: configurationOf(`${data.name}, ${variant}`, method, preset, layers),
            title: `${data.name} ${variant}, ${shots === 0 ? "all pages" : `${shots} ${shots === 1 ? "shot" : "shots"}`}, seed ${seed}`,
            folder: join("runs", data.name, variant, `${shotsText(shots)}-seed${seed}`),
          };
        }),
      ),
    ),
  );
}

/** Those of the values whose keys a method has. */
function known({ space }: TrainedMethod, values: Plain): Plain {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([key]) =>
        Object.hasOwn(space.groups[""] ?? {}, key) || (key !== "" && Object.hasOwn(space.groups, key)),
    ),
  );
}

function configurationOf(
  name: string,
  method: TrainedMethod,
  preset: string | undefined,
  layers: readonly Plain[],
): RunConfiguration {
  try {
    return layerConfiguration(method, { preset, layers }).configuration;
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}
