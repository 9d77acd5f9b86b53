import type { JSX } from "preact";
import { useSession } from "../session/context.js";

/** That trainings may not stay for good, where the browser has not said that they do. */
export function RemovalNote(): JSX.Element | null {
  if (useSession().training.storage.value?.kept !== false) return null;
  return (
    <p class="panel__note">
      This browser may remove trainings when space is short, or when the page was not used for long; save the
      models that you want to keep.
    </p>
  );
}
