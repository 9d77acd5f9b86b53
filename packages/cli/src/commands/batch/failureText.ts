/** Why a file was not denoised, with its name, which messages have but for those of programs that do not know of it. */
export const failureText = (file: string, error: string): string =>
  error.includes(file) ? error : `${file}: ${error}`;
