/** What needs Node: threads. Everything else is the package's root. */
export { methodThreads } from "./methodThreads.js";
