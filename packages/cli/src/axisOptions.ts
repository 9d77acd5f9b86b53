import { type PlaneAxis, parseRange, planeAxes } from "@clidim/denoise";
import type { ImageAxes } from "@clidim/denoise/node";
import type { PageRange } from "@clidim/imaging";
import { type Command, InvalidArgumentError } from "commander";

/** What the options of axes are parsed to. */
export interface AxisOptions {
  readonly channel?: string;
  readonly z?: PageRange;
  readonly t?: PageRange;
  readonly captures?: readonly PlaneAxis[];
}

/** Adds --z and --t. */
export function addPlaneOptions(command: Command): Command {
  return command
    .option("--z <range>", "which depths, zero-based: 3 or 0-9 (default: all)", planes)
    .option("--t <range>", "which times, zero-based: 3 or 0-9 (default: all)", planes);
}

/** Adds --channel, --z, --t and --captures. */
export function addAxisOptions(command: Command): Command {
  return addPlaneOptions(
    command.option(
      "--channel <name>",
      "the channel of files with several: its name, or its zero-based index",
    ),
  ).option(
    "--captures <axes>",
    "axes of which pages are repeated captures of one image, such as z or t,z (default: t)",
    axisList,
  );
}

/** The options as the library takes them. */
export function chosenAxes({ channel, z, t, captures }: AxisOptions): ImageAxes {
  return { channel, z, t, captures };
}

/** Parses zero-based planes along an axis. */
function planes(text: string): PageRange {
  const range = parseRange(text);
  if (!range) throw new InvalidArgumentError("Expected a zero-based index or range, such as 3 or 0-9.");
  return range;
}

function axisList(text: string): PlaneAxis[] {
  return text.split(",").map((item) => {
    const axis = planeAxes.find((name) => name === item.trim().toUpperCase());
    if (!axis) throw new InvalidArgumentError("Expected a list of t, c and z, such as z or t,z.");
    return axis;
  });
}
