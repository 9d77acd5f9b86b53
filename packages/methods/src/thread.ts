/** What runs in the threads of `methodThreads`. */
import { parentPort } from "node:worker_threads";
import { serveMethods } from "@clidim/denoise/node";
import { methods } from "./registry.js";

if (parentPort) serveMethods(methods.classical, parentPort);
