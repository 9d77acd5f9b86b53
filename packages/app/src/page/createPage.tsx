import { render } from "preact";
import type { Engine } from "../engine/engine.js";
import type { Painter } from "../engine/painter.js";
import { App } from "./App.js";
import { createSession } from "./session/session.js";

/** The page on an engine and its painter, in an element. */
export function createPage(engine: Engine, painter: Painter, element: Element): void {
  render(<App session={createSession(engine, painter)} />, element);
}
