/// <reference lib="dom" />
import * as fs from "../../../packages/app/src/worker/node/fsPromises.js";
import { fileScenario } from "./fileScenario.js";

await fs.rm("/storage/scenario", { recursive: true, force: true });
await fs.mkdir("/storage/scenario");
postMessage(await fileScenario(fs, "/storage/scenario"));
