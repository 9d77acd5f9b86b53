import { createPage } from "../createPage.js";
import { engineDouble } from "./engineDouble.js";
import { readScenario } from "./scenario.js";

// The page with a double of the engine, for looking at its states: `preview.html?hold=denoise&gpu=none`. The build of the site leaves it out.
createPage(engineDouble(readScenario(new URLSearchParams(location.search))), document.querySelector("#app")!); // preview.html has it
