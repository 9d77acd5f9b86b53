import { createPainter } from "../../painter/createPainter.js";
import { createPage } from "../createPage.js";
import { engineDouble } from "./engineDouble.js";
import { readScenario } from "./scenario.js";

// The page with a double of the engine, for looking at its states: `preview.html?hold=denoise&gpu=none`. The build of the site leaves it out.
const engine = engineDouble(readScenario(new URLSearchParams(location.search)));
createPage(engine, createPainter(engine), document.querySelector("#app")!); // preview.html has it
