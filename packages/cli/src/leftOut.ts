/** That so many files in a folder of results (`resultsIn`) are left out, in a sentence; `verb` is what would be done with them. */
export function leftOut(folder: string, count: number, kind: string, verb: string): string {
  const [files, are, results, them] =
    count === 1 ? ["file", "is", "a result", "it"] : ["files", "are", "results", "them"];
  const what = kind === "results" ? `${results} of clidim denoise` : `of a ${kind}`;
  return `${count} ${files} in ${folder} ${are} ${what}, left out; name ${them} to ${verb} ${them} all the same`;
}
