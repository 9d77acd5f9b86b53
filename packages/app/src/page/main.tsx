import { render } from "preact";
import { registerServiceWorker } from "../service/registerServiceWorker.js";

render(<main>CLIDiM</main>, document.querySelector("#app")!); // index.html has it
if (import.meta.env.PROD) void registerServiceWorker();
