import { InputError } from "@clidim/imaging";

/** Something cannot be exported for all sizes of the inputs, but for one it can. */
export class OpenSizeError extends InputError {}
