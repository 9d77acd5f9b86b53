import { render } from "preact";
import type { Engine } from "../engine/engine.js";
import { App } from "./App.js";
import { createSession } from "./session/session.js";

/** The page on an engine, in an element. */
export function createPage(engine: Engine, element: Element): void {
  render(<App session={createSession(engine)} />, element);
}
