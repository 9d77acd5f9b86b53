/** What a training may be called, as a pattern of the browser's: letters of any script with their marks, digits, and a few signs that every file name may have. */
export const RUN_NAME = "[\\p{L}\\p{M}\\p{N}_. \\-]+";
