import { computings } from "../engine/engine.js";
import { startEngine } from "../engine/startEngine.js";
import { registerServiceWorker } from "../service/registerServiceWorker.js";
import { createPage } from "./createPage.js";
import { newVersion } from "./newVersion.js";

/** `?compute=processor` is for GPUs and drivers that give trouble. */
const asked = new URLSearchParams(location.search).get("compute");
const computing = computings.find((one) => one === asked);

const { engine, painter } = startEngine(computing);
createPage(engine, painter, document.querySelector("#app")!); // index.html has it
if (import.meta.env.PROD) {
  void registerServiceWorker(() => {
    newVersion.value = true;
  });
}
