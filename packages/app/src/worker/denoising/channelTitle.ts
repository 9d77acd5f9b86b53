import type { Channel } from "@clidim/denoise";

/** What people call a channel: its name, or its number, from 1 as the page counts; both where several have the name. */
export const channelTitle = ({ index, name, repeated }: Channel): string =>
  [
    ...(name === undefined ? [] : [name]),
    ...(name === undefined || repeated ? [`Channel ${index + 1}`] : []),
  ].join(", ");
