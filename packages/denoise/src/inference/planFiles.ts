import { type FileSpec, InputError } from "@clidim/imaging";
import { fileIdentity, parseFileSpec } from "@clidim/imaging/node";
import { mapKinds } from "./denoisePasses.js";
import { checkReportSize } from "./fileAssessment.js";
import { type ChannelsDenoiser, type PlannedChannel, passesOfFile, planChannels } from "./fileChannels.js";
import { type InputPlanes, openInput } from "./openInput.js";
import {
  type ExistingFile,
  existingFiles,
  outputPlaces,
  type Places,
  type Sidecars,
} from "./outputPlaces.js";

/** What of a file is known before the first one is denoised. It is closed again: there may be more files than can be open. */
export interface PlannedFile {
  /** The path with its page range. */
  readonly input: string;
  /** Over all pages that are denoised. */
  readonly passes: number;
  readonly pages: number;
  /** Of all pages. */
  readonly pixels: number;
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
}

interface PlanOptions extends Sidecars {
  readonly files: readonly InputFile[];
  readonly denoisers: readonly ChannelsDenoiser[];
  readonly planes: InputPlanes;
  readonly out: string;
  readonly existing: Existing;
  /** Whether a file that the command should not have named is left out, rather than everything refused. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal | undefined;
  /** Told what is being waited for. */
  readonly onPhase: ((sentence: string) => void) | undefined;
  readonly onWarning: ((sentence: string, file: string) => void) | undefined;
  /** Told of each file that cannot be used. */
  readonly onFailed: (file: FailedFile) => void;
}

/** Opens every file for a moment, finds places for the results, and writes nothing. Throws what is wrong with the command, see `denoiseFiles`. */
export async function planFiles(options: PlanOptions): Promise<FilesPlan> {
  const { files, out, keepGoing, signal, onFailed } = options;
  const specs: (FileSpec | InputError)[] = files.map(({ file }) => {
    try {
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
  for (const [i, { file, folder }] of files.entries()) {
    signal?.throwIfAborted();
    const spec = specs[i]!;
    let wrong: "command" | "file" = "command";
    try {
      if (spec instanceof InputError) throw spec;
      if ((await fileIdentity(spec.path)) !== undefined) wrong = "file";
      const stack = await openInput(spec, options.planes, options);
      try {
        if (options.report) checkReportSize(stack);
        const channels = planChannels(stack, options.denoisers);
        const passes = passesOfFile(stack, channels, options.denoisers);
        wrong = "command";
        const plan = {
          input: stack.name,
          passes,
          pages: stack.pageCount,
          pixels: stack.width * stack.height * stack.pageCount,
          places: await places.claim(stack.source, stack.name, folder, reportSuffixes(channels)),
        };
        const found = await existingFiles(plan.places, {
          report: options.report,
          maps: options.map ? [options.map] : [],
        });
        if (options.existing === "skip" && found[0]?.path === plan.places.output) {
          skipped.push({ input: plan.input, output: plan.places.output });
          continue;
        }
        const kept = options.existing === "refuse" ? found : found.filter(cannotBeReplaced);
        if (kept.length > 0 && keepGoing) throw existingError(kept, options.existing);
        inTheWay.push(...kept);
        planned.push(plan);
        if (options.existing !== "overwrite") continue;
        const others = {
          report: !options.report,
          maps: mapKinds.filter((kind) => kind !== options.map),
        };
        for (const { path } of await existingFiles(plan.places, others)) {
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
  return { planned, skipped };
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
  const named = found
    .slice(0, NAMED)
    .map(({ path, kind, writeProtected }) =>
      kind === "folder" ? `${path} (a folder)` : writeProtected ? `${path} (write-protected)` : path,
    );
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : "";
  const list = `${named.join(", ")}${more}`;
  const one = found.length === 1;
  return existing !== "refuse"
    ? new InputError(`${list} cannot be replaced; give another folder`, { keys: ["out"] })
    : new InputError(
        `${list} ${one ? "exists" : "exist"} already, and ${one ? "is" : "are"} not replaced; leave out what is done, overwrite it, or give another folder`,
        { keys: ["skipExisting", "overwrite", "out"] },
      );
}
