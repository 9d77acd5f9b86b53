import { work } from "./work.js";

const { postMessage } = globalThis as unknown as { postMessage(message: unknown): void };
void work().then(postMessage);
