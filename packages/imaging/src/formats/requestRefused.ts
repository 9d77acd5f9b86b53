import { InputError } from "../image/inputError.js";

/** A server does not give a file, and would not another time: so some answer, too, where there is none (of a bucket that nobody may list, that nobody may read it). */
export class RequestRefused extends InputError {}
