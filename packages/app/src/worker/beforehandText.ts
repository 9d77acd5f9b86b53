/** That something has to be done before a command line finds its files; nothing where it finds all. */
export function beforehandText(doings: readonly (string | undefined)[]): string[] {
  const distinct = [...new Set(doings)].filter((doing) => doing !== undefined);
  return distinct.length === 0 ? [] : [`Before the command line, ${distinct.join(", ")}.`];
}
