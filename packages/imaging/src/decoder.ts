/** What runs in the thread that `startDecoder` starts: says that it is there, then answers each request, in the order in which they come. */
import { parentPort } from "node:worker_threads";
import type { DecodeAnswer, DecodeRequest } from "./files/decodingThread.js";
import { decodeHere } from "./formats/compiledDecoders.js";

let last = Promise.resolve();
parentPort?.on("message", (request: DecodeRequest) => {
  last = last.then(() => answer(request));
});
parentPort?.postMessage("ready");

async function answer({ decoder, bytes, length }: DecodeRequest): Promise<void> {
  let said: DecodeAnswer;
  try {
    said = { decoded: await decodeHere(decoder, bytes, length) };
  } catch (error) {
    said = { message: error instanceof Error ? error.message : String(error) };
  }
  // What a decoder gives is a copy of what is in its memory, with a buffer of its own.
  parentPort?.postMessage(said, said.decoded ? [said.decoded.buffer as ArrayBuffer] : []);
}
