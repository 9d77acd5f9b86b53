/** What runs in the threads of `methodThreads`. */
import { parentPort } from "node:worker_threads";
import { serveMethods } from "@clidim/denoise/node";
import { classicalMethods } from "./classicalMethods.js";

if (parentPort) serveMethods(classicalMethods, parentPort);
