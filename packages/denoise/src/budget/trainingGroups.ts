import { channelKey } from "../inference/contender.js";
import type { PlannedFile } from "../inference/planFiles.js";

/** Files of which one channel is denoised alike, and so trained on together. */
export interface TrainingGroup {
  /** As `channelKey` has it. */
  readonly channel: string;
  /** What selects it in files of several channels; undefined where all have one. */
  readonly selection: string | number | undefined;
  readonly files: readonly PlannedFile[];
}

/** At most so many files are trained on, evenly spread: to read all of thousands would take the time of the training. */
export const MOST_FILES = 32;

/** The channels that are denoised, each with the files that have it. */
export function trainingGroups(files: readonly PlannedFile[]): TrainingGroup[] {
  const groups = new Map<string, { selection: string | number | undefined; files: PlannedFile[] }>();
  for (const file of files) {
    for (const { channel, by } of file.channels) {
      if (by === undefined) continue;
      const key = channelKey(channel);
      const group = groups.get(key) ?? { selection: undefined, files: [] };
      if (file.channels.length > 1) {
        group.selection =
          channel.name === undefined || channel.repeated ? channel.index : `name:${channel.name}`;
      }
      group.files.push(file);
      groups.set(key, group);
    }
  }
  return [...groups].map(([channel, group]) => ({ channel, ...group }));
}
