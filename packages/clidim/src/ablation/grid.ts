import { join } from "node:path";
import { InputError } from "@clidim/imaging";
import { type Configuration, layerConfiguration, type Plain } from "../config/configuration.js";
import type { AblationData, AblationFile } from "./ablationFile.js";

/** One training of an ablation. */
export interface AblationRun {
  readonly data: AblationData;
  readonly variant: string;
  /** Noisy pages to train on; 0: all. */
  readonly shots: number;
  readonly seed: number;
  readonly validation: number;
  readonly configuration: Configuration;
  /** "fmd cl+tv+ssim, 16 shots, seed 0". */
  readonly title: string;
  /** The folder of the run in that of the ablation. */
  readonly folder: string;
}

/** "all" or the number. */
export const shotsText = (shots: number): string => (shots === 0 ? "all" : String(shots));

/**
 * The runs in the order in which they are done: seed by seed, so that the whole table stands early; within one data set by data set, the numbers of shots, the variants. An `InputError`
 * names the variant whose configuration cannot be.
 */
export function ablationGrid(file: AblationFile): AblationRun[] {
  return file.seeds.flatMap((seed) =>
    file.data.flatMap((data) =>
      data.shots.flatMap((shots) =>
        file.variants.map(({ name: variant, overrides: own }) => {
          const layers = [file.overrides, data.overrides, own, { shots }];
          return {
            data,
            variant,
            shots,
            seed,
            validation: file.validation,
            configuration: configurationOf(`${data.name}, ${variant}`, file.preset, layers),
            title: `${data.name} ${variant}, ${shots === 0 ? "all pages" : `${shots} ${shots === 1 ? "shot" : "shots"}`}, seed ${seed}`,
            folder: join("runs", data.name, variant, `${shotsText(shots)}-seed${seed}`),
          };
        }),
      ),
    ),
  );
}

function configurationOf(name: string, preset: string, layers: readonly Plain[]): Configuration {
  try {
    return layerConfiguration({ preset, layers }).configuration;
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}
