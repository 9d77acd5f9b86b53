import { InputError } from "@clidim/imaging";
import { z } from "zod";
import { type AxisSelection, type Channel, channelText, rangesText } from "./axisSelection.js";
import type { Scene } from "./pairing.js";

/** What of the noisy files of a run was meant, as manifests have it: planes, and which value stands for none, where it was said. Captures are not among it: they say what is allowed, and change no result. */
export interface UsedAxes extends Omit<AxisSelection, "channel"> {
  /** The channel that is trained on, of files with several. */
  readonly channel?: Channel | undefined;
}

const range = z.object({ first: z.number(), last: z.number() });
const planes = z.union([range, z.array(range)]);

export const usedAxesSchema: z.ZodType<UsedAxes> = z.object({
  channel: z
    .object({
      index: z.number(),
      name: z.string().optional(),
      repeated: z.literal(true).exactOptional(),
    })
    .optional(),
  z: planes.optional(),
  t: planes.optional(),
  nodata: z.union([z.number(), z.literal("none")]).optional(),
});

/** The axes that were asked for as the files have them; undefined where nothing was. An `InputError` where files give the channel different names. */
export function usedAxes(
  { channel: wanted, z: depths, t: times, nodata }: AxisSelection,
  scenes: readonly Scene[],
): UsedAxes | undefined {
  const chosen = wanted === undefined ? [] : scenes.map(({ noisy }) => noisy.channels[0]!);
  const [channel] = chosen;
  const other = chosen.findIndex(({ name }) => name !== channel?.name);
  if (channel && other >= 0) {
    throw new InputError(
      `channel ${wanted} of ${scenes[0]!.name} is ${channelText(channel)}, of ${scenes[other]!.name} ${channelText(chosen[other]!)}; choose it by its name`,
      { keys: ["channel"] },
    );
  }
  const used = {
    ...(channel && {
      channel: {
        index: channel.index,
        ...(channel.name !== undefined && { name: channel.name }),
        // Then it was chosen by its index, which is that of all files.
        ...(chosen.some(({ repeated }) => repeated) && { repeated: true as const }),
      },
    }),
    ...(depths && { z: depths }),
    ...(times && { t: times }),
    ...(nodata !== undefined && { nodata }),
  };
  return Object.keys(used).length === 0 ? undefined : used;
}

/** `usedAxesText` of two, the same where they have the same axes. Where one says that several channels have its name, the index counts too, also for the other: manifests had only name and index once. */
export function usedAxesTexts(
  first: UsedAxes | undefined,
  second: UsedAxes | undefined,
): readonly [string, string] {
  const repeated = first?.channel?.repeated ?? second?.channel?.repeated;
  const text = (axes: UsedAxes | undefined): string =>
    usedAxesText(
      axes?.channel?.name !== undefined && repeated
        ? { ...axes, channel: { ...axes.channel, repeated } }
        : axes,
    );
  return [text(first), text(second)];
}

/** `channel GFP, z 0-3`, for messages. */
export function usedAxesText({ channel, z: depths, t: times, nodata }: UsedAxes = {}): string {
  const parts = [
    ...(channel ? [channelText(channel)] : []),
    ...(depths ? [`z ${rangesText(depths)}`] : []),
    ...(times ? [`t ${rangesText(times)}`] : []),
    ...(nodata === undefined ? [] : [`nodata ${nodata}`]),
  ];
  return parts.length === 0 ? "everything" : parts.join(", ");
}
