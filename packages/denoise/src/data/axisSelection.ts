import {
  type AxisRange,
  type ImageSource,
  InputError,
  imageAxesOf,
  type PageRange,
  type Region,
  selectRegion,
} from "@clidim/imaging";
import type { Nodata } from "./maskedSource.js";

/** The axes of pages: time, channel, depth. */
export const planeAxes: readonly ["T", "C", "Z"] = ["T", "C", "Z"];
/** An axis of pages. */
export type PlaneAxis = (typeof planeAxes)[number];

/** How many planes there are along an axis. */
export interface PlaneExtent {
  readonly axis: PlaneAxis;
  readonly extent: number;
}

/** Which planes of a file are meant; all of them along axes of which nothing is said. */
export interface AxisSelection {
  /** A channel's name, or its zero-based index, which may be in digits. */
  readonly channel?: string | number | undefined;
  /** Depths, zero-based, both ends included. */
  readonly z?: PageRange | undefined;
  /** Times, likewise. */
  readonly t?: PageRange | undefined;
  /** The grey value whose pixels are missing, or "none". Default: the one that a file says itself. */
  readonly nodata?: Nodata;
}

/** A channel of a file. */
export interface Channel {
  /** Zero-based. */
  readonly index: number;
  /** As the file calls it, where it does. */
  readonly name?: string | undefined;
  /** It is no intensity, and therefore copied. */
  readonly transparency?: true;
}

type Described = Pick<ImageSource, "name" | "axes" | "shape" | "metadata">;

/** The axes along which a source has more than one plane, the slowest first. */
export function planeExtents({ axes, shape }: Pick<ImageSource, "axes" | "shape">): PlaneExtent[] {
  return axes.flatMap((axis, i) =>
    axis === "Y" || axis === "X" || shape[i] === 1 ? [] : [{ axis, extent: shape[i]! }],
  );
}

/** The axes of the image that a source has planes of, as those of a source. */
function imageExtents(source: Pick<ImageSource, "axes" | "shape" | "metadata">): PlaneExtent[] {
  const { axes, shape } = imageAxesOf(source);
  return planeExtents({ axes: [...axes, "Y", "X"], shape: [...shape, 1, 1] });
}

/** `T 5, C 2`, for messages. */
export function extentsText(extents: readonly PlaneExtent[]): string {
  return extents.map(({ axis, extent }) => `${axis} ${extent}`).join(", ");
}

/** The planes that `3` or `0-9` stands for; undefined where it stands for none. */
export function parseRange(text: string): PageRange | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.last >= range.first ? range : undefined;
}

/** `0-9` or `3`, for messages. */
export function rangeText({ first, last }: PageRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** The channels of a source, at least one. */
export function channelsOf(source: Omit<Described, "name">): Channel[] {
  const { axes, shape, channels, transparency } = imageAxesOf(source);
  const at = axes.indexOf("C");
  return Array.from({ length: at < 0 ? 1 : shape[at]! }, (_, index) => {
    const name = channels?.[index]?.trim();
    return { index, ...(name && { name }), ...(index === transparency && { transparency: true }) };
  });
}

/** `channel DAPI`, or `channel 0` of one without a name. */
export function channelText({ index, name }: Channel): string {
  return `channel ${name ?? index}`;
}

/** `0 (DAPI), 1 (GFP)`, or `0, 1` of channels without names. */
export function channelsText(channels: readonly Channel[]): string {
  return channels
    .map(({ index, name }) => (name === undefined ? `${index}` : `${index} (${name})`))
    .join(", ");
}

/** The channel of that name or index; an `InputError` where there is none, or where one has the name and another the index. */
export function findChannel(source: Described, wanted: string | number): Channel {
  const channels = channelsOf(source);
  const index = typeof wanted === "number" ? wanted : /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const found = channels.filter((channel) => channel.name === wanted || channel.index === index);
  if (found.length === 1) return found[0]!;
  const there = `${source.name} has ${channels.length === 1 ? "one channel" : `${channels.length} channels`}, ${channelsText(channels)}`;
  throw new InputError(
    found.length > 1
      ? `${there}: ${wanted} may be more than one of them; give another name or index`
      : `${there}; expected one of them, got channel ${wanted}`,
    { keys: ["channel"] },
  );
}

/** Whether a selection has to be there, or does not bear on files without its axes: a clean image may be one plane for many. */
export type Strictness = "exact" | "where there is a choice";

/** The planes of a selection. `InputError`s: channels, depths and times that the source does not have. */
export function selectAxes(
  source: ImageSource,
  { channel, z, t }: AxisSelection,
  strictness: Strictness = "exact",
): ImageSource {
  const lenient = strictness !== "exact";
  const [only, ...more] = selectedChannels(source, { channel }, strictness);
  const chosen = more.length === 0 && imageAxesOf(source).axes.includes("C") ? only : undefined;
  const [depths, times] = [rangeAlong(source, "Z", z, lenient), rangeAlong(source, "T", t, lenient)];
  const region: Region = {
    ...(chosen && { C: [chosen.index, chosen.index + 1] }),
    ...(depths && { Z: depths }),
    ...(times && { T: times }),
  };
  return Object.keys(region).length === 0 ? source : selectRegion(source, region);
}

/** The channels of a selection, with their indices in the source. `InputError`s as `findChannel`. */
export function selectedChannels(
  source: Described,
  { channel }: Pick<AxisSelection, "channel">,
  strictness: Strictness = "exact",
): Channel[] {
  const channels = channelsOf(source);
  if (channel === undefined) return channels;
  const unnamed = channels.length === 1 && channels[0]!.name === undefined;
  return unnamed && strictness !== "exact" ? channels : [findChannel(source, channel)];
}

function rangeAlong(
  source: ImageSource,
  axis: "Z" | "T",
  range: PageRange | undefined,
  lenient: boolean,
): AxisRange | undefined {
  if (!range) return undefined;
  const { axes, shape } = imageAxesOf(source);
  const at = axes.indexOf(axis);
  const extent = at < 0 ? 1 : shape[at]!;
  if (lenient && extent === 1) return undefined;
  if (range.last >= extent) {
    const [key, all] = [axis.toLowerCase(), extentsText(imageExtents(source))];
    const there = extent === 1 ? `only ${key} 0` : `${key} 0 to ${extent - 1}`;
    throw new InputError(
      `${source.name} has ${there}${all && ` (its axes are ${all})`}, got ${key} ${rangeText(range)}`,
      { keys: [key] },
    );
  }
  return at < 0 ? undefined : [range.first, range.last + 1];
}
