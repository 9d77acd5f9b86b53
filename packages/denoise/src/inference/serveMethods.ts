import type { ClassicalMethod } from "../protocol/method.js";
import { answerMethodRequest, type MethodAnswer, type MethodRequest, transferred } from "./methodRequests.js";

/** Where a thread is asked and answers: Node's `parentPort`, or a browser's behind the same names. */
export interface MethodPort {
  on(event: "message", listener: (request: MethodRequest) => void): unknown;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
}

/** What runs in a thread of `MethodThreads`, with its port: says that it is there, then answers each request with one of the methods, in the order in which they come. */
export function serveMethods(methods: readonly ClassicalMethod[], port: MethodPort): void {
  const say = (said: MethodAnswer): void => port.postMessage(said, transferred(said));
  port.on("message", (request: MethodRequest) => {
    let said: MethodAnswer;
    try {
      said = answerMethodRequest(methods, request, (part) => say({ part }));
    } catch {
      // It is done by whoever asked, who then sees what is wrong.
      said = "failed";
    }
    say(said);
  });
  say("ready");
}
