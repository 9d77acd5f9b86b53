import { dirname, relative } from "node:path";
import { type FileSpec, InputError, type PixelType } from "@clidim/imaging";
import { fileIdentity, parseFileSpec, removeAbandoned } from "@clidim/imaging/node";
import { changedInput } from "./changedInput.js";
import type { DenoisedImages } from "./denoiseFilesOptions.js";
import { mapKinds } from "./denoisePasses.js";
import { existingResult, saysOther } from "./existingResult.js";
import { checkReportSize } from "./fileAssessment.js";
import { type ChannelsDenoiser, type PlannedChannel, passesOfFile, planChannels } from "./fileChannels.js";
import type { FrameGroups } from "./frameStack.js";
import { type InputPlanes, type InputStack, openInput } from "./openInput.js";
import { ofOtherResult } from "./otherResult.js";
import {
  type BesideKind,
  besideKinds,
  type ExistingFile,
  existingFiles,
  outputPlaces,
  type Places,
  type Sidecars,
} from "./outputPlaces.js";
import { recordDifferences } from "./recordDifferences.js";
import { namedInput, programName, recordedPath } from "./resultRecord.js";
import type { ResultRecords } from "./resultRecords.js";
import { inputType, otherType } from "./resultType.js";

/** What of a file is known before the first one is denoised. It is closed again: there may be more files than can be open. */
export interface PlannedFile {
  /** The path with its page range, as messages and records name it: of an address, what is no secret. */
  readonly input: string;
  /** By which it is opened again: of an address, all of it. */
  readonly spec: FileSpec;
  /** Over all pages that are denoised. */
  readonly passes: number;
  /** Which depths and times, and which grey value stands for no value. */
  readonly planes: InputPlanes;
  readonly channels: readonly PlannedChannel[];
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  /** Of all pages. */
  readonly pixels: number;
  /** What a pixel of the result is stored as. */
  readonly dtype: PixelType;
  readonly places: Places;
}

/** A file that could not be denoised. */
export interface FailedFile {
  readonly input: string;
  /** Its message is one sentence that names the file. */
  readonly error: InputError;
}

/** A file whose result was there already. */
export interface SkippedFile {
  readonly input: string;
  readonly output: string;
}

export interface FilesPlan {
  readonly planned: readonly PlannedFile[];
  readonly skipped: readonly SkippedFile[];
}

/** What is done with results that are there already. */
export type Existing = "refuse" | "overwrite" | "skip";

/** A file to denoise, and the folder for its result below that of all results. */
export interface InputFile {
  /** The path, with an optional page range. */
  readonly file: string;
  /** Relative; empty for none. */
  readonly folder: string;
  /** Why there is no such file, of a text that stands for none. */
  readonly error?: InputError;
}

interface PlanOptions extends Sidecars, Pick<DenoisedImages, "uncertainty" | "samples"> {
  readonly files: readonly InputFile[];
  readonly denoisers: readonly ChannelsDenoiser[];
  readonly planes: InputPlanes;
  /** Pages that are denoised together. */
  readonly frames: FrameGroups;
  readonly out: string;
  readonly existing: Existing;
  /** Of the folder. Those of results that are left out and have none are added. */
  readonly records: Pick<ResultRecords, "before" | "add">;
  /** Whether a file that the command should not have named is left out, rather than everything refused. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal | undefined;
  /** Told what is being waited for. */
  readonly onPhase: ((sentence: string) => void) | undefined;
  readonly onWarning: ((sentence: string, file: string) => void) | undefined;
  /** Told of each file that cannot be used. */
  readonly onFailed: (file: FailedFile) => void;
}

/** Opens every file for a moment, finds places for the results, and writes nothing; what killed programs have left where results go is tidied, see `removeAbandoned`. Throws what is wrong with the command, see `denoiseFiles`. */
export async function planFiles(options: PlanOptions): Promise<FilesPlan> {
  const { files, out, keepGoing, signal, onFailed } = options;
  const specs: (FileSpec | InputError)[] = files.map(({ file, error: none }) => {
    try {
      if (none) throw none;
      return parseFileSpec(file);
    } catch (error) {
      if (!(error instanceof InputError) || !keepGoing) throw error;
      return error;
    }
  });
  const inputs = specs.flatMap((spec) => (spec instanceof InputError ? [] : [spec.path]));
  const places = await outputPlaces(inputs, out, options);
  const planned: PlannedFile[] = [];
  const skipped: SkippedFile[] = [];
  const inTheWay: ExistingFile[] = [];
  const notOurs: ExistingFile[] = [];
  for (const [i, { file, folder }] of files.entries()) {
    signal?.throwIfAborted();
    const spec = specs[i]!;
    let wrong: "command" | "file" = "command";
    try {
      if (spec instanceof InputError) throw spec;
      if ((await fileIdentity(spec.path)) !== undefined) wrong = "file";
      const stack = await openInput(spec, options.planes, options.frames, options);
      try {
        if (options.report) checkReportSize(stack);
        const channels = planChannels(stack, options.denoisers);
        const passes = passesOfFile(stack, channels, options.denoisers);
        wrong = "command";
        const plan = {
          input: stack.name,
          spec,
          passes,
          planes: options.planes,
          channels,
          width: stack.width,
          height: stack.height,
          pages: stack.pageCount,
          pixels: stack.width * stack.height * stack.pageCount,
          dtype: options.dtype ?? inputType(stack),
          places: await places.claim(stack.source, stack.name, folder, reportSuffixes(channels)),
        };
        // What a killed program had moved out of the way is there again before anything is decided.
        await removeAbandoned(dirname(plan.places.output));
        const found = await existingFiles(plan.places, options);
        if (options.existing === "skip" && found[0]?.path === plan.places.output) {
          wrong = "file";
          await checkSkipped(plan, stack, found, options);
          const missing = missingBeside(plan.places, found, options);
          if (missing !== undefined) options.onWarning?.(missing, plan.places.output);
          skipped.push({ input: plan.input, output: plan.places.output });
          continue;
        }
        const kept = options.existing === "refuse" ? found : found.filter(cannotBeReplaced);
        const others =
          kept.length > 0 || options.existing === "refuse" ? [] : await foreign(found, plan, options);
        if (kept.length > 0 && keepGoing) throw existingError(kept, options.existing);
        if (others.length > 0 && keepGoing) throw foreignError(others);
        if (kept.length === 0 && others.length === 0) await checkOwnBeside(found, plan, options);
        inTheWay.push(...kept);
        notOurs.push(...others);
        planned.push(plan);
        if (options.existing !== "overwrite") continue;
        const stale = {
          report: !options.report,
          beside: besideKinds.filter((kind) => !options.beside.includes(kind)),
        };
        for (const { path } of await existingFiles(plan.places, stale)) {
          if (path === plan.places.output) continue;
          options.onWarning?.(`${path} is of the result that is replaced, and stays`, plan.input);
        }
      } finally {
        await stack.close();
      }
    } catch (error) {
      if (!(error instanceof InputError) || (wrong === "command" && !keepGoing)) throw error;
      onFailed({ input: file, error });
    }
  }
  if (inTheWay.length > 0) throw existingError(inTheWay, options.existing);
  if (notOurs.length > 0) throw foreignError(notOurs);
  return { planned, skipped };
}

const recordOf = (output: string, { out, records }: PlanOptions) =>
  records.before(recordedPath(relative(out, output)));

/** Refuses to take for done what is no whole result, says what was made by something else or otherwise, and adds a record where one is missing. */
async function checkSkipped(
  { input, spec, channels, places: { output, beside } }: PlannedFile,
  stack: InputStack,
  found: readonly ExistingFile[],
  options: PlanOptions,
): Promise<void> {
  const { records, denoisers, onPhase, onWarning } = options;
  const record = recordOf(output, options);
  const { own, wrong } = await existingResult(output, stack);
  if (wrong !== undefined) {
    const ours = record !== undefined || own;
    throw new InputError(
      `${output} is no result of ${namedInput(input)}: it ${wrong}; ${ours ? "overwrite it" : "move it away"}, or give another folder`,
      { keys: ours ? ["overwrite", "out"] : ["out"] },
    );
  }
  if (record && !own) {
    onWarning?.(`${output} is not the one that ${programName()} has made there, and stays as it is`, output);
  } else if (record) {
    const planes = { ...options.planes, nodata: stack.masked?.value };
    const isThere = (kind: BesideKind): boolean => found.some(({ path }) => path === beside[kind]);
    const other = recordDifferences(record, {
      ...{ input, planes, channels, denoisers, dtype: otherType(stack, options) },
      ...(mapKinds.some(isThere) && { uncertainty: options.uncertainty }),
      ...(isThere("samples") && { samples: options.samples }),
    });
    const changed = await changedInput(record, spec.path, () =>
      onPhase?.(`${input}: looking whether it has changed since ${output} was made`),
    );
    if (changed !== undefined) other.unshift(changed);
    if (other.length === 0) return;
    onWarning?.(
      `${output} was made with ${other.join(" and ")}, and stays; overwrite it to make it anew`,
      output,
    );
  } else if (own) {
    const path = recordedPath(relative(options.out, output));
    records.add({ output: path, input: { name: namedInput(input) }, recovered: true });
  } else onWarning?.(`${output} was not made by ${programName()}, and stays as it is`, output);
}

/** That what is asked for beside a result that is left out is not there, in a sentence; undefined where it is. */
function missingBeside(
  { output, beside, reports }: Places,
  found: readonly ExistingFile[],
  options: Sidecars,
): string | undefined {
  const isThere = (path: string): boolean => found.some((file) => file.path === path);
  const missing = [
    ...options.beside.filter((kind) => !isThere(beside[kind])),
    ...(options.report && reports.some((report) => report && !isThere(`${report}.html`)) ? ["report"] : []),
  ];
  if (missing.length === 0) return undefined;
  return `${output} is left out, so that there is no ${missing.join(" and no ")} of it; overwrite it to have one`;
}

/**
 * Of what would be replaced, that which this program has not made: not marked as its own, and not the recorded one either, if that can be read no more. Reports go with their result; where there is none, one that bears the name of a report is what a call
 * left that was stopped in between.
 */
async function foreign(
  found: readonly ExistingFile[],
  { places: { output, beside } }: PlannedFile,
  options: PlanOptions,
): Promise<ExistingFile[]> {
  const recorded = recordOf(output, options) !== undefined;
  const isForeign = (path: string): Promise<boolean> => saysOther(path, { unreadable: !recorded });
  if (!recorded && found[0]?.path === output) return (await isForeign(output)) ? [found[0]] : [];
  const unknown: ExistingFile[] = [];
  for (const file of found) {
    const isImage = file.path === output || besideKinds.some((kind) => beside[kind] === file.path);
    if (isImage && (await isForeign(file.path))) unknown.push(file);
  }
  return unknown;
}

/** Refuses to replace a report or a map of another result. */
async function checkOwnBeside(
  found: readonly ExistingFile[],
  { input, places }: PlannedFile,
  options: PlanOptions,
): Promise<void> {
  const other = await ofOtherResult(found, places, (path) => recordOf(path, options));
  if (!other) return;
  throw new InputError(
    `${other.path} is of ${other.result}, and is not replaced by that of ${namedInput(input)}; give another folder`,
    { keys: ["out"] },
  );
}

/** What tells the reports of channels apart, of a file with several; undefined where there is none, since the channel is copied. */
function reportSuffixes(channels: readonly PlannedChannel[]): (string | undefined)[] {
  return channels.map(({ channel, by }) =>
    by === undefined ? undefined : channels.length === 1 ? "" : `.c${channel.index}`,
  );
}

const cannotBeReplaced = ({ kind, writeProtected }: ExistingFile): boolean =>
  kind === "folder" || writeProtected;

/** So many files are named, the others counted. */
const NAMED = 3;

function existingError(found: readonly ExistingFile[], existing: Existing): InputError {
  const one = found.length === 1;
  return existing !== "refuse"
    ? new InputError(`${listOf(found)} cannot be replaced; give another folder`, { keys: ["out"] })
    : new InputError(
        `${listOf(found)} ${one ? "exists" : "exist"} already, and ${one ? "is" : "are"} not replaced; leave out what is done, overwrite it, or give another folder`,
        { keys: ["skipExisting", "overwrite", "out"] },
      );
}

function foreignError(found: readonly ExistingFile[]): InputError {
  const [was, it] = found.length === 1 ? ["was", "it"] : ["were", "them"];
  return new InputError(
    `${listOf(found)} ${was} not made by ${programName()}, and ${was} not replaced; move ${it} away, or give another folder`,
    { keys: ["out"] },
  );
}

/** The first few by name. */
function listOf(found: readonly ExistingFile[]): string {
  const named = found
    .slice(0, NAMED)
    .map(({ path, kind, writeProtected }) =>
      kind === "folder" ? `${path} (a folder)` : writeProtected ? `${path} (write-protected)` : path,
    );
  return `${named.join(", ")}${found.length > NAMED ? ` and ${found.length - NAMED} more` : ""}`;
}
