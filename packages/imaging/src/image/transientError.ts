import { InputError } from "./inputError.js";

/** What cannot be used now, and may be another time, with nothing changed: a server is busy, a connection broke, memory was short. */
export class TransientError extends InputError {}
