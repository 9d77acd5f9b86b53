import { exists } from "@clidim/imaging/node";
import type { DenoisedImages, DenoiserChoice } from "./denoiseFilesOptions.js";
import { denoisePlanned } from "./denoisePlanned.js";
import type { DenoisedFile, DenoiseHooks } from "./fileDenoiser.js";
import { loadDenoisers } from "./loadDenoisers.js";
import { besideResults } from "./outputPlaces.js";
import { type FailedFile, type InputFile, type PlannedFile, planFiles } from "./planFiles.js";
import type { ResultRecord } from "./resultRecord.js";
import { checkSampleSpace } from "./sampleStack.js";
import { unusableFile } from "./unusableFile.js";

/** As of `denoiseFiles`. Results of this program are replaced, others never. */
export type DenoisingSessionOptions = Omit<
  DenoisedImages,
  "files" | "overwrite" | "skipExisting" | "keepGoing"
> &
  DenoiserChoice;

export interface DenoisedJob {
  readonly result: DenoisedFile;
  readonly record: ResultRecord;
  /** Of all pages. */
  readonly pixels: number;
}

export interface SessionHooks extends DenoiseHooks {
  /** Awaited before anything is denoised whose result, of this program, is there already: where its own is about to go, and the input as records name it. What it throws, such as an `InputError`, is thrown, and the result stays. */
  readonly beforeReplacing?: (output: string, input: string) => Promise<void>;
}

/** Denoises files one after the other, as they come, with what was loaded once. Of the folder's records nothing is read or written. */
export interface DenoisingSession {
  /**
   * Opens every file for a moment and says what is known of it, where each result goes. Of files that cannot be used `onFailed` is told; an `InputError` for what is wrong with the command:
   * a file that is not there, two results in one place.
   */
  plan(
    files: readonly InputFile[],
    hooks: Pick<DenoiseHooks, "signal" | "onPhase" | "onWarning"> & {
      readonly onFailed: (file: FailedFile) => void;
    },
  ): Promise<readonly PlannedFile[]>;
  /** Denoises a file, as `denoiseFiles` does, for a job whose mark (`ResultRecord.job`) the result bears. An `InputError` where it cannot be used, or its result is no number. */
  denoise(file: InputFile, job: string, hooks?: SessionHooks): Promise<DenoisedJob>;
}

/** Loads models or a method. `InputError`s as `denoiseFiles` has them before it looks at any image. */
export async function denoisingSession(
  options: DenoisingSessionOptions,
  hooks: Pick<DenoiseHooks, "onWarning"> = {},
): Promise<DenoisingSession> {
  const loaded = await loadDenoisers(options, hooks);
  const { denoisers, map, frames } = loaded;
  const { out, report = false, samples, z, t, nodata } = options;
  const plan: DenoisingSession["plan"] = async (files, { onFailed, signal, onPhase, onWarning }) => {
    const { planned } = await planFiles({
      ...{ files, denoisers, frames, out, report, onFailed, signal, onPhase },
      ...{ planes: { z, t, nodata }, beside: besideResults(map, samples) },
      dtype: options.dtype,
      existing: "overwrite",
      keepGoing: false,
      records: { before: () => undefined, add: () => undefined },
      onWarning,
    });
    return planned;
  };
  let starting: ReturnType<(typeof denoisers)[number]["denoiser"]["start"]>[] | undefined;
  return {
    plan,
    async denoise(file, job, fileHooks = {}) {
      const [planned] = await plan([file], {
        ...fileHooks,
        onFailed: ({ error }) => {
          throw error;
        },
      });
      const { pixels, passes, places, input } = planned!; // or it has failed
      if (await exists(places.output)) await fileHooks.beforeReplacing?.(places.output, input);
      if (samples !== undefined) await checkSampleSpace(out, samples, [planned!]);
      // Which files there will be is for those alone that train on them.
      starting ??= denoisers.map(({ denoiser }) => denoiser.start([], hooks));
      const starts = await Promise.all(starting);
      const { signal, onProgress } = fileHooks;
      const onPart = (done: number, name: string): void => {
        signal?.throwIfAborted();
        const part = done / passes;
        onProgress?.({
          ...{ done, total: passes, passes, file: name },
          ...{ pages: part * planned!.pages, pixels: part * pixels, pixelsLeft: (1 - part) * pixels },
        });
      };
      const replaced = { result: true, beside: true };
      const how = { ...options, denoisers, starts, frames, map, replaced, job };
      try {
        return { ...(await denoisePlanned(planned!, how, fileHooks, onPart)), pixels };
      } catch (error) {
        throw unusableFile(error, planned!) ?? error;
      }
    },
  };
}
