import type { Channel } from "@clidim/denoise";

/** What people call a channel: its name, or its number, from 1 as the page counts. */
export const channelTitle = ({ index, name }: Channel): string => name ?? `Channel ${index + 1}`;
