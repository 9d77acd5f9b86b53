import { stat } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { fileError, fileSpecText, isUrl, type Provenance, urlText } from "@clidim/imaging";
import { type FileHash, hashFile, isLargerThan, parseFileSpec } from "@clidim/imaging/node";
import type { PlaneRanges } from "../data/axisSelection.js";
import type { AdapterRecord } from "../machine/adapter.js";
import { packageVersion } from "../machine/packageVersion.js";
import type { FileChannel } from "./fileChannels.js";
import type { InputPlanes } from "./openInput.js";

/** What denoises, as the record of a result has it. */
export interface DenoiserRecord {
  /** `name@version`, one for each model. */
  readonly methods: readonly string[];
  /** None of a classical method. */
  readonly models: readonly FileHash[];
  /** Those that were given and that the result depends on. */
  readonly options: Readonly<Record<string, string | boolean>>;
}

/** Of a result whose method was chosen on the image itself: the methods of its record are what was chosen. */
export const AUTOMATIC = { method: "automatic" } as const;

/** The record of one result: enough to tell what made it, and of what. */
export interface ResultRecord {
  /** Relative to the folder of the results, with slashes. */
  readonly output: string;
  readonly input: {
    /** As given: the path, with the page range. */
    readonly name: string;
    /** The depths and times, zero-based, both ends included, where it is not all of them. */
    readonly z?: PlaneRanges;
    readonly t?: PlaneRanges;
    /** The grey value that stood for no value. */
    readonly nodata?: number;
    readonly bytes?: number;
    /** ISO 8601, of a file, or of the folder of an image, that is too large to be read only for its checksum. */
    readonly modified?: string;
    /** Hexadecimal, of the whole file; of a folder see `hashFile`. */
    readonly sha256?: string;
  };
  /** One for each channel of a file with several, in its order; `denoised` false: it was copied. */
  readonly channels: readonly {
    readonly name: string;
    readonly denoised: boolean;
    readonly methods?: readonly string[];
    readonly models?: readonly FileHash[];
    readonly options?: DenoiserRecord["options"];
    /** What a classical method chose on the image itself. */
    readonly chosen?: string;
  }[];
  /** Over how many passes or models the map beside it was taken, where there is one. */
  readonly uncertainty?: number;
  /** How many samples of each page were written beside it, where any were. */
  readonly samples?: number;
  /** The pixel type of the result, where it is not that of the input. */
  readonly dtype?: string;
  /** What asked for it, where it was a job of a batch: hexadecimal, of the input, the parameters and the models. */
  readonly job?: string;
  readonly software: string;
  readonly platform: string;
  readonly adapter?: AdapterRecord;
  /** ISO 8601, when it was begun. */
  readonly date: string;
}

/** Of a result that was found without a record, of a call that was killed before it wrote one: what is known of it. */
export interface RecoveredRecord {
  readonly output: string;
  readonly input: { readonly name: string };
  /** As in a `ResultRecord`. */
  readonly job?: string;
  readonly recovered: true;
}

/** A path relative to the folder of the results, as records have it. */
export const recordedPath = (path: string): string => path.replaceAll("\\", "/");

/** The program and its version, as results have it. */
const software = (): string => `clidim ${packageVersion(import.meta.url)}`;

/** What the program is called in results. */
export const programName = (): string => software().split(" ")[0]!;

/** An input, with its page range, as records and messages name it: of an address, what is no secret. */
export function namedInput(name: string): string {
  if (!isUrl(name)) return name;
  const { path, ...pages } = parseFileSpec(name);
  return fileSpecText({ path: urlText(path), ...pages });
}

/** Larger files are told by their size and time. */
const HASHED_BYTES = 4 * 2 ** 30;

/** What else there is to record of a result. */
interface Beside {
  readonly uncertainty?: number | undefined;
  readonly samples?: number | undefined;
  readonly dtype?: string | undefined;
  readonly job?: string | undefined;
}

/** The record of a result that is about to be written to `output`. An `InputError` where the input cannot be read. */
export async function resultRecord(
  { name, planes: { z, t, nodata } }: { readonly name: string; readonly planes: InputPlanes },
  output: string,
  channels: readonly FileChannel[],
  adapter: AdapterRecord | undefined,
  { uncertainty, samples, dtype, job }: Beside = {},
): Promise<ResultRecord> {
  return {
    output: recordedPath(output),
    input: {
      name: namedInput(name),
      ...(z && { z }),
      ...(t && { t }),
      ...(typeof nodata === "number" && { nodata }),
      ...(isUrl(name) ? {} : await fileRecord(parseFileSpec(name).path)),
    },
    channels: channels.map(({ channel, denoiser, record }) => ({
      name: channel.name ?? String(channel.index),
      denoised: denoiser !== undefined,
      ...(denoiser && record),
      ...(denoiser?.calibrated && { chosen: denoiser.calibrated.sentence }),
    })),
    ...(uncertainty !== undefined && { uncertainty }),
    ...(samples !== undefined && { samples }),
    ...(dtype !== undefined && { dtype }),
    ...(job !== undefined && { job }),
    software: software(),
    platform: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    ...(adapter && { adapter }),
    date: new Date().toISOString(),
  };
}

async function fileRecord(path: string): Promise<Omit<ResultRecord["input"], "name">> {
  try {
    const stats = await stat(path);
    if (await isLargerThan(path, HASHED_BYTES)) {
      const modified = stats.mtime.toISOString();
      return stats.isDirectory() ? { modified } : { bytes: stats.size, modified };
    }
    const { bytes, sha256 } = await hashFile(path);
    return { bytes, sha256 };
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** A file with the folder that it is in: model files of training folders have one name. */
const inFolder = (path: string): string => path.split(/[\\/]/).slice(-2).join("/");

/** What of a record is written into the result itself. The date is not: the same options give the same file. */
export function provenanceOf({ input, channels, software, adapter, job }: ResultRecord): Provenance {
  const several = channels.length > 1;
  const ofChannels = channels.flatMap(
    ({ name, denoised, methods = [], models = [], options = {}, chosen }) => {
      const key = (text: string): string => (several ? `${text} of channel ${name}` : text);
      if (!denoised) return [[key("Copied"), "yes"] as const];
      const given = Object.entries(options).map(([option, value]) => `${option} ${value}`);
      return [
        ...[...new Set(methods)].map((method) => [key("Method"), method] as const),
        ...models.map(({ path, sha256 }) => [key("Model"), `${inFolder(path)}, SHA-256 ${sha256}`] as const),
        ...(given.length > 0 ? [[key("Options"), given.join(", ")] as const] : []),
        ...(chosen === undefined ? [] : [[key("Chosen"), chosen] as const]),
      ];
    },
  );
  return {
    // Where every format has a place.
    software: job === undefined ? software : `${software} (job ${job})`,
    details: [
      ["Source", basename(input.name)],
      ...(input.sha256 === undefined ? [] : [["Source SHA-256", input.sha256] as const]),
      ...ofChannels,
      ...(adapter ? [["Adapter", adapter.name] as const] : []),
    ],
  };
}
