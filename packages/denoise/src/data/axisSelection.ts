import {
  type AxisRange,
  type ImageSource,
  InputError,
  imageAxesOf,
  type PageRange,
  type PlaneRegion,
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
  /** A channel's name, or its zero-based index, which may be in digits; `name:1` and `index:1` where text may be either. */
  readonly channel?: string | number | undefined;
  /** Depths, zero-based, both ends included. */
  readonly z?: PlaneRanges | undefined;
  /** Times, likewise. */
  readonly t?: PlaneRanges | undefined;
  /** The grey value whose pixels are missing, or "none". Default: the one that a file says itself. */
  readonly nodata?: Nodata;
}

/** Planes along an axis: a range, or several in ascending order with others between them. */
export type PlaneRanges = PageRange | readonly PageRange[];

/** A channel of a file. */
export interface Channel {
  /** Zero-based. */
  readonly index: number;
  /** As the file calls it, where it does. */
  readonly name?: string | undefined;
  /** Another channel of the file is called the same. */
  readonly repeated?: true;
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

/** The planes that `3`, `0-9` or a list of these, `1,4,7-9`, stands for; undefined where it stands for none. Each is taken once, in ascending order. */
export function parseRanges(text: string): PlaneRanges | undefined {
  const ranges: PageRange[] = [];
  for (const part of text.split(",")) {
    const range = parseRange(part);
    if (!range) return undefined;
    ranges.push(range);
  }
  const apart: PageRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = apart.at(-1);
    if (!before || range.first > before.last + 1) apart.push(range);
    else apart[apart.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return apart.length === 1 ? apart[0] : apart;
}

function parseRange(text: string): PageRange | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.last >= range.first ? range : undefined;
}

const rangesOf = (ranges: PlaneRanges): readonly PageRange[] => ("first" in ranges ? [ranges] : ranges);

/** `0-9`, `3` or `1,4,7-9`, for messages. */
export function rangesText(ranges: PlaneRanges): string {
  return rangesOf(ranges)
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(",");
}

/** The channels of a source, at least one. */
export function channelsOf(source: Omit<Described, "name">): Channel[] {
  const { axes, shape, channels, transparency } = imageAxesOf(source);
  const at = axes.indexOf("C");
  const names = Array.from({ length: at < 0 ? 1 : shape[at]! }, (_, index) => channels?.[index]?.trim());
  return names.map((name, index) => ({
    index,
    ...(name && { name }),
    ...(name && names.some((other, i) => other === name && i !== index) && { repeated: true }),
    ...(index === transparency && { transparency: true }),
  }));
}

/** `channel DAPI`, or `channel 0` of one without a name; `channel 1 (GFP)` where several have it. */
export function channelText(channel: Channel): string {
  const { index, name, repeated } = channel;
  return `channel ${repeated ? channelsText([channel]) : (name ?? index)}`;
}

/** `0 (DAPI), 1 (GFP)`, or `0, 1` of channels without names. */
export function channelsText(channels: readonly Channel[]): string {
  return channels
    .map(({ index, name }) => (name === undefined ? `${index}` : `${index} (${name})`))
    .join(", ");
}

/** The channel of that name or index; an `InputError` where there is none, several have the name, or one has the name and another the index. */
export function findChannel(source: Described, wanted: string | number): Channel {
  const channels = channelsOf(source);
  const found = matching(channels, wanted);
  if (found.length === 1) return found[0]!;
  const there = `${source.name} has ${channels.length === 1 ? "one channel" : `${channels.length} channels`}, ${channelsText(channels)}`;
  throw new InputError(
    found.length > 1
      ? `${there}: ${wanted} may be more than one of them; give ${found.map((channel) => (channel.name === wanted && !channel.repeated ? `name:${wanted}` : `index:${channel.index}`)).join(" or ")}`
      : `${there}; expected one of them, got channel ${wanted}`,
    { keys: ["channel"] },
  );
}

function matching(channels: readonly Channel[], wanted: string | number): Channel[] {
  if (typeof wanted === "number") return channels.filter(({ index }) => index === wanted);
  const [, kind, text = wanted] = /^(name|index):(.+)$/s.exec(wanted) ?? [];
  const byName = (name: string): Channel[] => channels.filter((channel) => channel.name === name);
  const byIndex = (digits: string): Channel[] =>
    channels.filter(({ index }) => /^\d+$/.test(digits) && index === Number(digits));
  if (kind === undefined || byName(wanted).length > 0)
    return [...new Set([...byName(wanted), ...byIndex(wanted)])];
  return kind === "name" ? byName(text) : byIndex(text);
}

/** The channels that a text stands for: one as `findChannel`, or a list of these and of ranges of indices, `0,2-4`. A name with commas is taken for one where a channel has it. */
export function findChannels(source: Described, wanted: string | number): Channel[] {
  const channels = channelsOf(source);
  if (typeof wanted === "number" || matching(channels, wanted).length > 0)
    return [findChannel(source, wanted)];
  return wanted.split(",").flatMap((part) => {
    const text = part.trim();
    const range =
      /^\d+-\d+$/.test(text) && matching(channels, text).length === 0 ? parseRange(text) : undefined;
    if (!range) return [findChannel(source, text)];
    return Array.from({ length: range.last - range.first + 1 }, (_, i) =>
      findChannel(source, range.first + i),
    );
  });
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
  const region: PlaneRegion = {
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
  ranges: PlaneRanges | undefined,
  lenient: boolean,
): readonly AxisRange[] | undefined {
  if (!ranges) return undefined;
  const { axes, shape } = imageAxesOf(source);
  const at = axes.indexOf(axis);
  const extent = at < 0 ? 1 : shape[at]!;
  if (lenient && extent === 1) return undefined;
  if (rangesOf(ranges).at(-1)!.last >= extent) {
    const [key, all] = [axis.toLowerCase(), extentsText(imageExtents(source))];
    const there = extent === 1 ? `only ${key} 0` : `${key} 0 to ${extent - 1}`;
    throw new InputError(
      `${source.name} has ${there}${all && ` (its axes are ${all})`}, got ${key} ${rangesText(ranges)}`,
      { keys: [key] },
    );
  }
  return at < 0 ? undefined : rangesOf(ranges).map(({ first, last }) => [first, last + 1]);
}
