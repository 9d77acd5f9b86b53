/**
 * JSON of letters, digits and signs that every encoding has (up to U+007E), the others as `\uXXXX`: it stands for the same value. So it outlives a shell that takes what it is given for another encoding, as `>` of Windows
 * PowerShell does, and no character acts on a terminal.
 */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
