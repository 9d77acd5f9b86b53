/** A page that is left out, and why. */
export interface LeftOut {
  readonly name: string;
  /** What it is, in words, see `blankText`. */
  readonly text: string;
}

/** What is said of blank pages that are left out: the first one by name. Undefined where there are none. */
export function leftOutSentence([first, ...more]: readonly LeftOut[]): string | undefined {
  if (!first) return undefined;
  const others = more.length;
  const rest = others === 0 ? "" : others === 1 ? "; so is another page" : `; so are ${others} others`;
  return `${first.name} is blank (${first.text}) and left out${rest}`;
}
