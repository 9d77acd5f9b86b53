import { InputError, type LazyStack, lazyStack, pageIndicesAlong, selectRegion } from "@clidim/imaging";
import { type Channel, channelsOf, channelsText, channelText, findChannels } from "../data/axisSelection.js";
import type { DenoiseHooks, FileDenoiser, FileStart, FilesDenoiser } from "./fileDenoiser.js";
import { type FrameStack, frameStack } from "./frameStack.js";
import type { DenoiserRecord } from "./resultRecord.js";

/** What denoises some channels of files; without channels, each channel of a file by itself. */
export interface ChannelsDenoiser {
  readonly channels?: readonly (string | number)[];
  readonly denoiser: FilesDenoiser;
  readonly record: DenoiserRecord;
}

/** A channel of a file and which of the denoisers it is denoised by; none: it is copied as it is. */
export interface PlannedChannel {
  readonly channel: Channel;
  readonly by?: number;
}

/**
 * What is done with the channels of a file, in its order. Transparency is copied. `InputError`s: a channel that the file does not have, that is transparency or named twice, and several
 * channels where none is chosen and a model was trained on one of several.
 */
export function planChannels(
  { name, source }: Pick<LazyStack, "name" | "source">,
  denoisers: readonly ChannelsDenoiser[],
): PlannedChannel[] {
  const channels = channelsOf(source);
  const planned = new Map<number, number>();
  for (const [by, { channels: wanted, denoiser }] of denoisers.entries()) {
    if (!wanted) {
      const intensities = channels.filter(({ transparency }) => !transparency);
      refuseOtherChannels(name, intensities, denoiser);
      for (const { index } of intensities) planned.set(index, by);
    }
    for (const channel of (wanted ?? []).flatMap((one) => findChannels({ ...source, name }, one))) {
      if (channel.transparency) {
        throw new InputError(
          `${name}: ${channelText(channel)} is transparency, which is copied as it is; choose others`,
          { keys: ["channel"] },
        );
      }
      if (planned.has(channel.index)) {
        throw new InputError(`${name}: ${channelText(channel)} is chosen twice; name each channel once`, {
          keys: ["channel"],
        });
      }
      planned.set(channel.index, by);
    }
  }
  return channels.map((channel) => {
    const by = planned.get(channel.index);
    return { channel, ...(by !== undefined && { by }) };
  });
}

function refuseOtherChannels(
  name: string,
  channels: readonly Channel[],
  { trainedOn = [] }: FilesDenoiser,
): void {
  const [trained] = trainedOn;
  if (!trained || channels.length === 1) return;
  throw new InputError(
    `${name} has ${channels.length} channels, ${channelsText(channels)}, and the model was trained on ${channelText(trained)}; ` +
      "choose the channels to denoise, the others are copied as they are; or give a model for each",
    { keys: ["channel", "model"] },
  );
}

/** Passes over pages of a file. */
export function passesOfFile(
  { source }: Pick<LazyStack, "source">,
  planned: readonly PlannedChannel[],
  denoisers: readonly ChannelsDenoiser[],
): number {
  let passes = 0;
  for (const channel of pageIndicesAlong(source, "C")) {
    const { by } = planned[channel]!;
    if (by !== undefined) passes += denoisers[by]!.denoiser.passes;
  }
  return passes;
}

/** A channel of an open file, ready to be denoised. */
export interface FileChannel {
  readonly channel: Channel;
  /** Its pages; the file itself where it has one channel. */
  readonly stack: FrameStack;
  /** Absent where it is copied as it is. */
  readonly denoiser?: FileDenoiser;
  readonly record?: DenoiserRecord;
  /** Over each page. */
  readonly passes: number;
}

/**
 * The channels of a file, each ready by itself: with its own normalisation or parameters. One model for all channels cannot know their grey values, so that each is normalised by
 * its own unless it was asked for otherwise.
 */
export async function startChannels(
  input: FrameStack,
  denoisers: readonly ChannelsDenoiser[],
  starts: readonly FileStart[],
  hooks: DenoiseHooks,
): Promise<FileChannel[]> {
  const planned = planChannels(input, denoisers);
  const several = planned.length > 1;
  const [only] = denoisers;
  const channels = planned.flatMap(({ channel, by }) => (by === undefined ? [] : [channel]));
  const forAll = channels.length > 1 && only && !only.channels && only.denoiser.trainedOn;
  if (forAll) {
    hooks.onWarning?.(
      `${input.name} has ${channels.length} channels, ${channelsText(channels)}: the same model denoises each by itself, with its own normalisation unless another is asked for; choose channels to leave others as they are`,
    );
  }
  const ready: FileChannel[] = [];
  for (const { channel, by } of planned) {
    const stack = several ? channelStack(input, channel) : input;
    if (by === undefined) {
      ready.push({ channel, stack, passes: 0 });
      continue;
    }
    const { passes, trainedOn = [] } = denoisers[by]!.denoiser;
    const other = trainedOn.find((trained) => isOther(trained, channel));
    if (other) {
      hooks.onWarning?.(
        `${stack.name}: the model was trained on ${channelText(other)}, not on ${channelText(channel)}`,
      );
    }
    const denoiser = await starts[by]!(stack, hooks, forAll ? "image" : "model", channel);
    const record = denoiser.record ?? denoisers[by]!.record;
    ready.push({ channel, stack, denoiser, record, passes });
  }
  return ready;
}

/** Whether channels with names are surely not the same one. Where each is one of several of its name, its index tells. */
const isOther = (one: Channel, channel: Channel): boolean =>
  one.name !== undefined &&
  channel.name !== undefined &&
  (one.name !== channel.name ||
    (one.repeated === true && channel.repeated === true && one.index !== channel.index));

/** The pages of one channel; closing it closes the file. */
function channelStack({ name, source: means, captures }: FrameStack, channel: Channel): FrameStack {
  const { source, groups } = captures
    ? { source: captures.stack.source, groups: captures.groups }
    : { source: means, groups: undefined };
  const selected = selectRegion(source, { C: [channel.index, channel.index + 1] });
  const stack = lazyStack({ ...selected, name: `${name}, ${channelText(channel)}` });
  return groups ? frameStack(stack, groups) : stack;
}
