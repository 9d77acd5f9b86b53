import type { JSX } from "preact";
import "./give-up.css";

/** The second of two steps to what gives up a result that is not saved. What keeps it comes first: it is what the focus goes to. */
export const GiveUp = ({
  what,
  keep = "Keep it",
  label,
  disabled = false,
  onKeep,
  onGiveUp,
}: {
  /** What would be given up, a sentence. */
  readonly what: string;
  readonly keep?: string;
  readonly label: string;
  readonly disabled?: boolean;
  readonly onKeep: () => void;
  readonly onGiveUp: () => void;
}): JSX.Element => (
  <div class="give-up">
    <p class="give-up__what">{what}</p>
    <div class="buttons">
      <button type="button" class="button button--quiet" onClick={onKeep}>
        {keep}
      </button>
      <button type="button" class="button button--danger" disabled={disabled} onClick={onGiveUp}>
        {label}
      </button>
    </div>
  </div>
);
