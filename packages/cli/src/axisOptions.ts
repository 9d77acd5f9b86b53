import { type PlaneAxis, type PlaneRanges, parseRanges, planeAxes, rangesText } from "@clidim/denoise";
import type { ImageAxes } from "@clidim/denoise/node";
import { type Command, InvalidArgumentError } from "commander";

/** What the options of axes are parsed to. */
export interface AxisOptions {
  readonly channel?: string;
  readonly z?: PlaneRanges;
  readonly t?: PlaneRanges;
  readonly nodata?: number | "none";
  readonly captures?: readonly PlaneAxis[];
}

/** Adds --z, --t and --nodata. */
export function addPlaneOptions(command: Command): Command {
  return command
    .option("--z <range>", "which depths, zero-based: 3, 0-9, 1,4,7, or repeated (default: all)", planes)
    .option("--t <range>", "which times, zero-based: 3, 0-9, 1,4,7, or repeated (default: all)", planes)
    .option(
      "--nodata <value>",
      "the grey value that stands for no value, such as -9999: pixels that have it are left out, as NaN is; or none (default: what a file says itself)",
      greyValue,
    );
}

/** Adds --channel, --z, --t, --nodata and --captures. */
export function addAxisOptions(command: Command): Command {
  return addPlaneOptions(
    command.option(
      "--channel <name>",
      "the channel of files with several: its name, or its zero-based index (name:1 or index:1 where it may be either)",
    ),
  ).option(
    "--captures <axes>",
    "axes of which pages are repeated captures of one image, such as z or t,z (default: t)",
    axisList,
  );
}

/** The options as the library takes them. */
export function chosenAxes({ channel, z, t, nodata, captures }: AxisOptions): ImageAxes {
  return { channel, z, t, nodata, captures };
}

/** Parses zero-based planes along an axis, with those that were given before. */
function planes(text: string, before?: PlaneRanges): PlaneRanges {
  const ranges = parseRanges(before ? `${rangesText(before)},${text}` : text);
  if (!ranges)
    throw new InvalidArgumentError("Expected zero-based indices or ranges, such as 3, 0-9 or 1,4,7.");
  return ranges;
}

function greyValue(text: string): number | "none" {
  if (text === "none") return text;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidArgumentError("Expected a number, such as -9999 or 65535, or none.");
  }
  return value;
}

function axisList(text: string): PlaneAxis[] {
  return text.split(",").map((item) => {
    const axis = planeAxes.find((name) => name === item.trim().toUpperCase());
    if (!axis) throw new InvalidArgumentError("Expected a list of t, c and z, such as z or t,z.");
    return axis;
  });
}
