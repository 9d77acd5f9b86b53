/** A word of a shell, as it is or in quotation marks: of Windows, whose command prompt knows no others, double ones, and around more, as its PowerShell takes a comma and an @ for its own. */
export function shellWord(text: string, windows: boolean): string {
  if (windows) return /^[\w./:=+-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
