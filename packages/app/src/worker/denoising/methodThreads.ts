import { MethodThreads } from "@clidim/denoise/node";
import { classicalMethods } from "@clidim/methods";
import { startMethodThread } from "./startMethodThread.js";

/** Each loads the methods and has pages of its own: more cores than these are those of machines whose memory is not known here. */
const MOST = 8;

/** Threads for methods without training, beside the worker. */
export const methodThreads: MethodThreads = new MethodThreads({
  count: Math.min(MOST, navigator.hardwareConcurrency),
  methods: classicalMethods,
  start: startMethodThread,
});
