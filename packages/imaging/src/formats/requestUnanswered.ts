import { TransientError } from "../image/transientError.js";

/** A browser tells a page no more of a request than that it failed: there is no connection, or there is an answer that the page may not see. Some servers let pages read files (CORS), but not that there is none. */
export class RequestUnanswered extends TransientError {}
