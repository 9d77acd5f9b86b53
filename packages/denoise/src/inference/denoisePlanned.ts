import { relative } from "node:path";
import { suspectedOfStack } from "../data/suspectedNodata.js";
import { adapterRecord } from "../machine/adapter.js";
import { openDevice } from "../machine/openDevice.js";
import { denoiseFile, type Written } from "./denoiseFile.js";
import type { DenoisedImages } from "./denoiseFilesOptions.js";
import { type ChannelsDenoiser, type FileChannel, startChannels } from "./fileChannels.js";
import type { DenoisedFile, DenoiseHooks, FileStart } from "./fileDenoiser.js";
import type { FrameGroups } from "./frameStack.js";
import { missingSentences } from "./missingSentences.js";
import { openInput } from "./openInput.js";
import type { PlannedFile } from "./planFiles.js";
import { provenanceOf, type ResultRecord, resultRecord } from "./resultRecord.js";
import { inputType, otherType } from "./resultType.js";
import { RoundingLoss } from "./roundingLoss.js";

/** How files that were planned are denoised. */
export interface PlannedOptions
  extends Pick<
      DenoisedImages,
      "out" | "z" | "t" | "nodata" | "report" | "uncertainty" | "samples" | "dtype" | "largestPage"
    >,
    Pick<Written, "map" | "replaced"> {
  readonly denoisers: readonly ChannelsDenoiser[];
  /** Of the denoisers, in their order. */
  readonly starts: readonly FileStart[];
  readonly frames: FrameGroups;
  /** What asked for the result, see `ResultRecord.job`. */
  readonly job?: string;
}

/** Denoises one file, by what stands in (`FileDenoiser.instead`) where the device fails. An `InputError` where it cannot be used. */
export async function denoisePlanned(
  { input: file, spec, places }: Pick<PlannedFile, "input" | "spec" | "places">,
  options: PlannedOptions,
  hooks: DenoiseHooks,
  onPart: (passes: number, file: string) => void,
): Promise<{ readonly result: DenoisedFile; readonly record: ResultRecord }> {
  const { out, z, t, nodata, denoisers, starts, frames, map, replaced, largestPage } = options;
  const { report = false, samples } = options;
  const said: string[] = [];
  const onWarning = (sentence: string, name?: string): void => {
    said.push(sentence);
    hooks.onWarning?.(sentence, name);
  };
  const input = await openInput(spec, { z, t, nodata }, frames, hooks);
  try {
    const { notes = [] } = input.source.metadata;
    for (const sentence of notes) onWarning(`${input.name}: ${sentence}`, input.name);
    if (nodata === undefined && !input.masked) {
      const suspected = await suspectedOfStack(input);
      if (suspected !== undefined) onWarning(suspected, input.name);
    }
    const channels = await startChannels(input, denoisers, starts, { ...hooks, onWarning });
    try {
      return await write(channels);
    } catch (error) {
      const others = channelsInstead(channels, error);
      if (!others) throw error;
      const message = error instanceof Error ? error.message : String(error);
      onWarning(
        `${input.name}: a network could not be applied, and a method without training denoises it: ${message}`,
        input.name,
      );
      return await write(others);
    }
  } finally {
    await input.close();
  }

  async function write(channels: readonly FileChannel[]): ReturnType<typeof denoisePlanned> {
    const byModels = channels.some(({ record }) => record && record.models.length > 0);
    const adapter = byModels ? adapterRecord(await openDevice()) : undefined;
    const below = relative(out, places.output);
    const planes = { z, t, nodata: input.masked?.value };
    const of = { ...options, dtype: otherType(input, options) };
    const record = await resultRecord({ name: file, planes }, below, channels, adapter, of);
    const dtype = options.dtype ?? inputType(input);
    const roundings = channels.map(() => (dtype === "float32" ? undefined : new RoundingLoss(dtype)));
    const provenance = provenanceOf(record);
    const written = { report, map, samples, replaced, provenance, dtype, roundings, largestPage };
    const whole = await denoiseFile(input, channels, places, written, hooks.signal, onPart);
    for (const sentence of missingSentences(whole, input.masked, nodata, frames.count)) onWarning(sentence);
    for (const [i, { stack, denoiser }] of channels.entries()) {
      const remark = denoiser?.remark?.();
      if (remark !== undefined) onWarning(remark, stack.name);
      const lost = roundings[i]?.sentence(stack.name);
      if (lost !== undefined) onWarning(lost, stack.name);
    }
    return { result: said.length > 0 ? { ...whole, notes: said } : whole, record };
  }
}

/** The channels with what stands in for their denoisers after an error; undefined where nothing does. */
function channelsInstead(
  channels: readonly FileChannel[],
  error: unknown,
): readonly FileChannel[] | undefined {
  const instead = channels.map(({ denoiser }) => denoiser?.instead?.(error));
  if (instead.every((denoiser) => denoiser === undefined)) return undefined;
  return channels.map((one, k) => {
    const denoiser = instead[k];
    return denoiser ? { ...one, denoiser, ...(denoiser.record && { record: denoiser.record }) } : one;
  });
}
