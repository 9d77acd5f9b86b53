import { InputError } from "@clidim/imaging";

/** The program on this machine is another one than that of the plan, so that it can do none of its jobs; another machine may. */
export class ProgramError extends InputError {}
