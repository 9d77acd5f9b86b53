import { realpath } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError, type LazyStack, writableAs } from "@clidim/imaging";

/** What is written for a file. */
export interface Places {
  readonly output: string;
  readonly uncertainty: string;
  /** Without the extensions .html and .json. */
  readonly report: string;
}

/** Where everything goes; refuses two things in one place, and any that would replace an input. */
export async function outputPlaces(
  inputs: readonly LazyStack[],
  out: string,
  written: { readonly report: boolean; readonly uncertainty: boolean },
): Promise<Places[]> {
  const folder = await realOrResolved(out);
  const sources = new Map<string, string>();
  for (const { source } of inputs) sources.set(await realpath(source.name), source.name);
  const taken = new Map<string, string>();
  const claim = async (name: string, input: string): Promise<void> => {
    const place = join(folder, name);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new InputError(
        `${other} and ${input} would both be written to ${join(out, name)}; denoise them into different folders`,
      );
    }
    taken.set(place, input);
    const source = sources.get(await realOrResolved(place));
    if (source !== undefined) {
      throw new InputError(`${join(out, name)} would overwrite the input ${source}; give another folder`, {
        keys: ["out"],
      });
    }
  };
  const places: Places[] = [];
  for (const { source, name } of inputs) {
    const file = basename(writableAs(source).name);
    const base = basename(file, extname(file));
    await claim(file, name);
    if (written.uncertainty) await claim(`${base}.uncertainty.tif`, `the uncertainty of ${name}`);
    if (written.report) await claim(`${base}.report.html`, `the report of ${name}`);
    places.push({
      output: join(out, file),
      uncertainty: join(out, `${base}.uncertainty.tif`),
      report: join(out, `${base}.report`),
    });
  }
  return places;
}

/** The path without links, as far as it exists. */
async function realOrResolved(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const above = dirname(absolute);
    return above === absolute ? absolute : join(await realOrResolved(above), basename(absolute));
  }
}
