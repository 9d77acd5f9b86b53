import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { access, constants, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";

export interface ConvertOptions {
  /** Told what is being waited for. */
  readonly onPhase?: (sentence: string) => void;
  /** Aborting it ends the converter and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a converter has made of a file. */
export interface ConvertedFile {
  readonly path: string;
  /** It is read no more. */
  release(): Promise<void>;
}

interface Converter {
  readonly program: string;
  readonly output: string;
  readonly options: readonly string[];
}

/** Of Bio-Formats, the first that is there. The smaller copies that bioformats2raw makes are not needed. */
const CONVERTERS: readonly Converter[] = [
  { program: "bfconvert", output: "image.ome.tif", options: ["-no-upgrade", "-bigtiff"] },
  { program: "bioformats2raw", output: "image.ome.zarr", options: ["-r", "1"] },
];

/**
 * Converts a file by Bio-Formats into a temporary one (below TMPDIR), an OME-TIFF or OME-Zarr; undefined where neither `bfconvert` nor `bioformats2raw` is on the PATH.
 * What the converter says of a file that it cannot read is an `InputError`. What was made last is kept until another file is converted or the process ends, since images are
 * looked at before they are read.
 */
export async function convertFile(
  path: string,
  { onPhase, signal }: ConvertOptions = {},
): Promise<ConvertedFile | undefined> {
  const key = await versionOf(path);
  if (last?.key === key) return use(last);
  for (const converter of CONVERTERS) {
    const program = await findProgram(converter.program);
    if (program === undefined) continue;
    signal?.throwIfAborted();
    const folder = await temporaryFolder(path);
    try {
      const output = join(folder, converter.output);
      onPhase?.(`${path}: converting by ${converter.program}`);
      await runConverter(program, [...converter.options, resolve(path), output], { path, converter, signal });
      if (!existsSync(output)) {
        throw new InputError(`${path} cannot be converted: ${converter.program} ended without a result`);
      }
      if (existsSync(join(output, "1"))) {
        throw new InputError(
          `${path} has several images; convert it, and give one of them: ${converter.program} "${path}" "${path}.zarr"`,
        );
      }
      const before = last;
      last = { key, path: output, folder, users: 0 };
      if (before?.users === 0) await remove(before.folder);
      return use(last);
    } catch (error) {
      await remove(folder);
      throw error;
    }
  }
  return undefined;
}

interface Conversion {
  /** Of what was converted. */
  readonly key: string;
  readonly path: string;
  readonly folder: string;
  users: number;
}

let last: Conversion | undefined;

function use(conversion: Conversion): ConvertedFile {
  conversion.users += 1;
  let isUsed = true;
  return {
    path: conversion.path,
    release: async () => {
      if (!isUsed) return;
      isUsed = false;
      conversion.users -= 1;
      if (conversion.users === 0 && conversion !== last) await remove(conversion.folder);
    },
  };
}

/** A file as it is now. */
async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  return [resolve(path), mtimeMs, size].join("\n");
}

/** Folders that are there yet. */
const folders = new Set<string>();

async function temporaryFolder(path: string): Promise<string> {
  if (folders.size === 0) process.once("exit", removeAll);
  try {
    const folder = await mkdtemp(join(tmpdir(), "clidim-"));
    folders.add(folder);
    return folder;
  } catch (error) {
    throw fileError("write", `${join(tmpdir(), "clidim-")}, to which ${path} is converted`, error);
  }
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeAll);
}

/** The path of a program; undefined where there is none on the PATH. */
async function findProgram(name: string): Promise<string | undefined> {
  const endings = process.platform === "win32" ? [".exe", ".bat", ".cmd"] : [""];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (folder !== "" && (await isProgram(path))) return path;
    }
  }
  return undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Of what a converter says, so many characters are kept. */
const KEPT_CHARACTERS = 16384;

interface Running {
  readonly path: string;
  readonly converter: Converter;
  readonly signal: AbortSignal | undefined;
}

async function runConverter(
  program: string,
  args: readonly string[],
  { path, converter, signal }: Running,
): Promise<void> {
  let said = "";
  const code = await new Promise<number | string>((done, fail) => {
    // Windows runs scripts by its shell alone, which takes quoted arguments as they are; names of files there have no quotes.
    const script = /\.(bat|cmd)$/i.test(program);
    const quoted = (text: string): string => (script ? `"${text}"` : text);
    const child = spawn(quoted(program), args.map(quoted), {
      shell: script,
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal && { signal }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-KEPT_CHARACTERS);
      });
    }
    child.on("error", fail);
    child.on("close", (status, killed) => done(status ?? killed ?? "nothing"));
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(`${path} cannot be converted: ${converter.program} does not run (${message})`, {
      cause: error,
    });
  });
  signal?.throwIfAborted();
  if (code === 0) return;
  throw new InputError(
    `${path} cannot be converted: ${converter.program} ended with exit code ${code} (${reasonIn(said)})`,
    { cause: new Error(said) },
  );
}

/** The line that tells most: the first that speaks of an exception, else the last one. */
function reasonIn(said: string): string {
  const lines = said.split(/\r?\n/).flatMap((line) => line.trim() || []);
  return lines.find((line) => /exception|error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
