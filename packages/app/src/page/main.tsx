import { startEngine } from "../engine/startEngine.js";
import { registerServiceWorker } from "../service/registerServiceWorker.js";
import { createPage } from "./createPage.js";

createPage(startEngine(), document.querySelector("#app")!); // index.html has it
if (import.meta.env.PROD) void registerServiceWorker();
