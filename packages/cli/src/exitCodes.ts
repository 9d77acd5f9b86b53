/** What the process ends with, apart from 128 plus a signal's number. */
export const exitCodes = {
  success: 0,
  /** `doctor` found that training cannot run. */
  unfit: 1,
  /** The command, its files or the machine cannot be used as they are; the user can mend it. */
  input: 2,
  /** Some files of a batch could not be used; the others are done. */
  partial: 3,
  /** A defect of the program (EX_SOFTWARE). */
  defect: 70,
} as const;
