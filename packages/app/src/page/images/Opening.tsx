import type { JSX } from "preact";
import { useSession } from "../session/context.js";
import "./opening.css";

/** What is being opened. */
export function Opening(): JSX.Element | null {
  const name = useSession().images.opening.value;
  if (name === undefined) return null;
  return (
    <p class="opening" role="status">
      <span class="opening__pulse" aria-hidden="true" />
      Opening {name}
    </p>
  );
}
