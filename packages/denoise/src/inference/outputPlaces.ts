import { lstat } from "node:fs/promises";
import { basename, extname, join, resolve, sep } from "node:path";
import { type ImageSource, InputError, writableAs } from "@clidim/imaging";
import { fileIdentity, ignoresCase, isImageFolder, realOrResolved } from "@clidim/imaging/node";
import { type MapKind, mapKinds } from "./denoisePasses.js";

/** Images that are written beside a result. */
export type BesideKind = MapKind | "samples";
export const besideKinds: readonly BesideKind[] = [...mapKinds, "samples"];

/** Those of results with this map and so many samples. */
export const besideResults = (map: MapKind | undefined, samples: number | undefined): BesideKind[] => [
  ...(map ? [map] : []),
  ...(samples === undefined ? [] : (["samples"] as const)),
];

/** What is written for a file. */
export interface Places {
  readonly output: string;
  /** Each below a folder of its own, so that patterns such as `out/*.tif` find results alone. */
  readonly beside: Readonly<Record<BesideKind, string>>;
  /** Of each channel, without the extensions .html and .json; undefined of one that has none. */
  readonly reports: readonly (string | undefined)[];
}

/** What is written beside each result. */
export interface Sidecars {
  readonly report: boolean;
  readonly beside: readonly BesideKind[];
  /** Of results and samples; default: that of each input. */
  readonly dtype?: "float32" | undefined;
}

/** Hands out places, each of them once. */
export interface OutputPlaces {
  /**
   * `below` is the folder for the result, relative to that of all; `reportSuffixes` end the names of the reports. An `InputError` where something of another file was to be written to
   * the same place, and where it is that of an input. Then nothing is taken.
   */
  claim(
    source: Pick<ImageSource, "name" | "format">,
    name: string,
    below: string,
    reportSuffixes: readonly (string | undefined)[],
  ): Promise<Places>;
}

/** The places in a folder for the results of images whose paths are `inputs`. */
export async function outputPlaces(
  inputs: readonly string[],
  out: string,
  sidecars: Sidecars,
): Promise<OutputPlaces> {
  const folder = await realOrResolved(out);
  const oneCase = await ignoresCase(folder);
  const sources = new Map<string, string>();
  for (const path of inputs) {
    if (`${folder}${sep}`.startsWith(`${await realOrResolved(path)}${sep}`)) {
      throw new InputError(`${out} lies in the input ${path}; give another folder`, { keys: ["out"] });
    }
    const identity = await fileIdentity(path);
    if (identity !== undefined) sources.set(identity, path);
  }
  const typed = sidecars.dtype && { dtype: sidecars.dtype };
  const taken = new Map<string, string>();
  const place = (path: string): string => {
    const inFull = join(folder, path);
    return oneCase ? inFull.normalize().toLowerCase() : inFull;
  };
  return {
    async claim(source, name, below, reportSuffixes) {
      // A folder that is one image may be where one stands.
      const named = /^\.\.?$/.test(basename(source.name)) ? resolve(source.name) : source.name;
      const { format } = source;
      const file = join(below, basename(writableAs({ name: named, format }, { ...typed }).name));
      const base = join(below, basename(file, extname(file)));
      const stack = join(
        below,
        basename(writableAs({ name: named, format }, { ...typed, stack: true }).name),
      );
      const beside = {
        uncertainty: join("uncertainty", `${base}.tif`),
        scatter: join("scatter", `${base}.tif`),
        samples: join("samples", stack),
      };
      const reports = reportSuffixes.map((suffix) =>
        suffix === undefined ? undefined : `${base}${suffix}.report`,
      );
      const pages = sidecars.report ? reports.filter((report) => report !== undefined) : [];
      const wanted: readonly (readonly [path: string, what: string])[] = [
        [file, name],
        ...sidecars.beside.map((kind) => [beside[kind], `the ${kind} of ${name}`] as const),
        ...pages.map((report) => [`${report}.html`, `the report of ${name}`] as const),
      ];
      for (const [path, what] of wanted) {
        checkLength(basename(path), what);
        const other = taken.get(place(path));
        if (other !== undefined) {
          if (other === what) throw new InputError(`${what} is named twice; name it once`);
          throw new InputError(
            `${other} and ${what} would both be written to ${join(out, path)}; denoise them into different folders`,
          );
        }
        const replaced = sources.get((await fileIdentity(join(folder, path))) ?? "");
        if (replaced !== undefined) {
          throw new InputError(
            `${join(out, path)} would overwrite the input ${replaced}; give another folder`,
            { keys: ["out"] },
          );
        }
      }
      for (const [path, what] of wanted) taken.set(place(path), what);
      return {
        output: join(out, file),
        beside: {
          uncertainty: join(out, beside.uncertainty),
          scatter: join(out, beside.scatter),
          samples: join(out, beside.samples),
        },
        reports: reports.map((report) => report && join(out, report)),
      };
    },
  };
}

/** Bytes of a name on nearly all file systems. */
const LONGEST_NAME = 255;

function checkLength(file: string, what: string): void {
  const bytes = new TextEncoder().encode(file).length;
  if (bytes <= LONGEST_NAME) return;
  throw new InputError(
    `${what} would have a name of ${bytes} bytes, file systems take ${LONGEST_NAME}; give the input a shorter name`,
  );
}

/** A file that is there already where something is to be written. */
export interface ExistingFile {
  readonly path: string;
  /** A folder that is one image counts as a file. */
  readonly kind: "file" | "folder";
  readonly writeProtected: boolean;
}

/** What is there already at the places of a file, links to nothing included. The result itself, where it is there, is the first. */
export async function existingFiles(
  { output, beside, reports }: Places,
  sidecars: Sidecars,
): Promise<ExistingFile[]> {
  const paths = [
    output,
    ...sidecars.beside.map((kind) => beside[kind]),
    ...(sidecars.report
      ? reports.flatMap((report) => (report ? [`${report}.html`, `${report}.json`] : []))
      : []),
  ];
  const found: ExistingFile[] = [];
  for (const path of paths) {
    const stat = await lstat(path).catch(() => undefined);
    if (!stat) continue;
    found.push({
      path,
      kind: stat.isDirectory() && !(await isImageFolder(path)) ? "folder" : "file",
      // The bit rather than the right: a file that its owner has protected is one to root and on Windows too.
      writeProtected: !stat.isSymbolicLink() && (stat.mode & 0o200) === 0,
    });
  }
  return found;
}
