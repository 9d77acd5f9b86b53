/** What runs in the threads of `methodThreads`. */
import { serveMethods } from "@clidim/denoise/node";
import { classicalMethods } from "@clidim/methods";
import { holdLock } from "../../engine/holdLock.js";

/** Of the thread's own name, so that its end is noticed: nothing is said before. Not awaited here, where what comes meanwhile would find no listener. */
const locked = holdLock(self.name);

serveMethods(classicalMethods, {
  on: (event, listener) => addEventListener(event, ({ data }) => listener(data)),
  postMessage: (message, transfer) =>
    void locked.then(() => postMessage(message, { transfer: [...transfer] })),
});
