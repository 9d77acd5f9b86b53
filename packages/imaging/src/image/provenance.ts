/** What made an image of another one: it is written into the file wherever its format has a place. */
export interface Provenance {
  /** Name and version of the program, such as `clidim 0.3.0`. */
  readonly software: string;
  /** What else there is to know of it, names and values in words, in the order in which they are to be read. */
  readonly details: readonly (readonly [name: string, value: string])[];
}

/** A line for the program and each detail. */
export function provenanceText({ software, details }: Provenance): string {
  return [`Denoised with: ${software}`, ...details.map(([name, value]) => `${name}: ${value}`)].join("\n");
}
