import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Header } from "./Header.js";
import { droppedFiles } from "./images/droppedFiles.js";
import { ImageList } from "./images/ImageList.js";
import { Welcome } from "./images/Welcome.js";
import { keepFocus } from "./keepFocus.js";
import { narrow } from "./narrow.js";
import { Panels } from "./Panels.js";
import { SessionContext } from "./session/context.js";
import type { Session } from "./session/session.js";
import { Stage } from "./stage/Stage.js";
import { watchJobs } from "./watchJobs.js";
import { watchRuns } from "./watchRuns.js";
import "./styles/tokens.css";
import "./styles/base.css";
import "./controls/button.css";
import "./controls/field.css";
import "./app.css";

/** Files can be dropped anywhere on the page. */
function useDrop(session: Session): void {
  useEffect(() => {
    const root = document.documentElement;
    // Entering a child comes before leaving its parent.
    let depth = 0;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const show = (): void => {
      root.dataset.dropping = String(depth > 0);
    };
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth++;
      show();
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      show();
    };
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      show();
      void session.open(droppedFiles(event.dataTransfer));
    };
    const events = { dragenter: enter, dragleave: leave, dragover: over, drop } as const;
    for (const [name, listener] of Object.entries(events)) {
      // Each takes the event of its name.
      window.addEventListener(name, listener as EventListener);
    }
    return () => {
      for (const [name, listener] of Object.entries(events)) {
        window.removeEventListener(name, listener as EventListener);
      }
    };
  }, [session]);
}

const Workspace = ({ images }: Pick<Session, "images">): JSX.Element => (
  <main class="workspace">
    <h1 class="visually-hidden">{images.current.value && images.titleOf(images.current.value)}</h1>
    {!narrow.value && (
      <aside class="workspace__images" aria-label="Images">
        <ImageList />
      </aside>
    )}
    <Stage />
    <Panels />
  </main>
);

/** The whole page. */
export function App({ session }: { readonly session: Session }): JSX.Element {
  useDrop(session);
  useEffect(() => watchJobs(session), [session]);
  useEffect(() => watchRuns(session.training), [session]);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => (root.current ? keepFocus(root.current) : undefined), []);
  return (
    <SessionContext.Provider value={session}>
      <div class="app" ref={root}>
        <Header />
        {session.images.list.value.length > 0 ? <Workspace images={session.images} /> : <Welcome />}
      </div>
      <p class="drop-hint" aria-hidden="true">
        Drop to open
      </p>
    </SessionContext.Provider>
  );
}
